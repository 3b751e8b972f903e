// Miniflare host: the process in which Miniflare runs; started by miniflare-process.ts and told over its channel what to serve.
// Owns: Miniflare's settings and the migrations of D1. It ends with whoever started it.

import { readFileSync } from "node:fs"
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from "miniflare"
import { applyMigrations } from "./migrations.ts"
import { COMPATIBILITY } from "./compatibility.ts"

export interface HostSettings {
  /** The bundled Worker. */
  readonly script: string
  /** Holds the objects and D1; kept over restarts. */
  readonly stateFolder: string
  readonly port: number
  /** Object classes by the name of their binding. */
  readonly objects: Readonly<Record<string, string>>
  /** Variables by the name of their binding. */
  readonly variables: Readonly<Record<string, string>>
  /** The folder of D1's migrations. */
  readonly migrationsFolder: string
}

export interface HostOrder extends HostSettings {
  /**
   * Applies the migrations that were not applied yet. For an empty state only: Miniflare's way to D1 blocks this
   * process, which then cannot take the lines of runs that go on, so that the runtime would wait for it and it for the
   * runtime.
   */
  readonly migrate: boolean
}

export interface HostMessage {
  readonly type: "ready"
}

process.once("message", (order) => {
  serve(order as HostOrder).catch((error: unknown) => {
    console.error(error)
    process.exit(1)
  })
})
process.once("disconnect", () => process.exit(0))

async function serve(order: HostOrder): Promise<void> {
  const { script, stateFolder, port, objects, variables, migrationsFolder, migrate } = order
  const durableObjects = Object.fromEntries(
    Object.entries(objects).map(([name, className]) => [name, { className, useSQLite: true }]),
  )
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      name: "belay",
      modules: true,
      script: readFileSync(script, "utf8"),
      ...COMPATIBILITY,
      durableObjects,
      d1Databases: { DB: "belay" },
      bindings: { ...variables },
      host: "127.0.0.1",
      port,
      cf: false,
      log: new Log(LogLevel.WARN),
      resourcePersistencePath: stateFolder,
    }),
  )
  process.once("SIGTERM", () => {
    miniflare.dispose().then(
      () => process.exit(0),
      (error: unknown) => {
        console.error(error)
        process.exit(1)
      },
    )
  })
  await miniflare.ready
  if (migrate) await applyMigrations(await miniflare.getD1Database("DB"), migrationsFolder)
  process.send?.({ type: "ready" } satisfies HostMessage)
}
