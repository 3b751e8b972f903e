// Runs before each test file of the workerd project: brings its empty D1 database to the current
// schema. Storage is per test file, and migrations already applied are left alone.
import { applyD1Migrations } from "cloudflare:test"
import { env } from "cloudflare:workers"

await applyD1Migrations(env.DB, env.TEST_MIGRATIONS)
