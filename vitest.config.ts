// Owns how the tests run: which folder runs where, and with which bindings.
// Two projects: "node" for the pure engine, contracts, the relay and tests that kill real processes;
// "workerd" for everything that needs Durable Objects or D1, inside the Workers runtime itself.
// It must not switch off the failure on unhandled errors: a rejection nobody caught is a bug.
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin"
import { defineConfig } from "vitest/config"
import { startTestRelay } from "./test/relay/test-relay.ts"

// Set here and not in a shell, so that a run looks the same everywhere: without it the runtime asks
// the internet for a sample of request metadata and complains when it gets no answer.
process.env["CLOUDFLARE_CF_FETCH_ENABLED"] ??= "false"
process.env["WRANGLER_SEND_METRICS"] ??= "false"
process.env["WRANGLER_SEND_ERROR_REPORTS"] ??= "false"
process.env["WRANGLER_HIDE_BANNER"] ??= "true"

/** One test in the Workers runtime: generous, because two cores may run several of them at once. */
const WORKERD_TEST_TIMEOUT_MS = 15_000

/** One test in Node. Tests that start and kill processes set their own. */
const NODE_TEST_TIMEOUT_MS = 15_000

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: "node",
          include: [
            "test/{engine,client,contract,crash,relay,house,package,scripts,testing,docs}/**/*.test.ts",
          ],
          pool: "forks",
          testTimeout: NODE_TEST_TIMEOUT_MS,
        },
      },
      {
        plugins: [
          cloudflareTest(async () => ({
            // The runtime's stack of each object a test aborts on purpose is left out; what tests and
            // the Worker log, and errors nobody caught, are shown as ever.
            verbose: false,
            // The real Worker, and beside it what the tests of the run object need.
            main: "./test/setup/test-worker.ts",
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              durableObjects: {
                TEST_RUNS: { className: "TestRunObject", useSQLite: true },
                TEST_LIMITS: { className: "TestLimiterObject", useSQLite: true },
                TEST_SCHEDULES: { className: "TestScheduleObject", useSQLite: true },
                EFFECTS: { className: "EffectsObject", useSQLite: true },
              },
              bindings: {
                BELAY_DEV: "1",
                ...(await startTestRelay()),
                TEST_MIGRATIONS: await readD1Migrations("./migrations"),
              },
            },
          })),
        ],
        test: {
          name: "workerd",
          include: ["test/{object,http,systems,acceptance}/**/*.test.ts"],
          setupFiles: ["./test/setup/apply-migrations.ts"],
          testTimeout: WORKERD_TEST_TIMEOUT_MS,
          hookTimeout: WORKERD_TEST_TIMEOUT_MS,
        },
      },
    ],
  },
})
