// Start: everything on this machine: the relay with its ledger, the migrations, the Worker on `wrangler dev`.
// Owns: settings, what is printed, signals and the exit code; the rest is support/dev-server.ts.
// PORT (8787), BELAY_FOLDER (.belay, which keeps the state), TB_ADDRESS and TB_CLUSTER_ID (a TigerBeetle cluster to be
// the ledger instead of the embedded one), and the Worker's own settings (support/worker-settings.ts) are read from the
// environment, the latter from `.dev.vars` as well. Ends with 0 on Ctrl-C, SIGTERM or SIGHUP, and
// with 1, saying why, when something cannot start or ends by itself.

import { existsSync, readFileSync } from "node:fs"
import { relative } from "node:path"
import { fileURLToPath } from "node:url"
import { DevFolder, FOLDER_DEFAULT } from "./support/dev-folder.ts"
import { DevServer } from "./support/dev-server.ts"
import { interruption } from "./support/interruption.ts"
import { openFilesWarning } from "./support/open-files.ts"
import { readPort } from "./support/read-port.ts"
import type { TigerBeetleCluster } from "./support/relay-process.ts"
import { workerSettings } from "./support/worker-settings.ts"

const PORT_DEFAULT = "8787"

const DEV_VARS = fileURLToPath(new URL("../.dev.vars", import.meta.url))

function readCluster(): TigerBeetleCluster | undefined {
  const addresses = process.env["TB_ADDRESS"] || undefined
  const clusterId = process.env["TB_CLUSTER_ID"] || undefined
  if (addresses === undefined) return undefined
  return { addresses, ...(clusterId === undefined ? {} : { clusterId }) }
}

function ledgerLine(cluster: TigerBeetleCluster | undefined): string {
  return cluster === undefined
    ? "Ledger: embedded, for development and tests, not for production money."
    : `Ledger: TigerBeetle, cluster ${cluster.clusterId ?? "0"} at ${cluster.addresses}.`
}

/** What a person must know before going on with state that refers to accounts of another ledger. */
function ledgerWarning(
  folder: DevFolder,
  cluster: TigerBeetleCluster | undefined,
): string | undefined {
  const name =
    cluster === undefined ? "embedded" : `TigerBeetle cluster ${cluster.clusterId ?? "0"}`
  const before = folder.changeLedger(name)
  if (before === undefined) return undefined
  return `the state in ${folder.path} was last used with another ledger (${before}); accounts it knows are not in this one. For state of its own, set BELAY_FOLDER.`
}

/** Where whoever tries it would be refused. */
function tokensNote(settings: Readonly<Record<string, string>>): string | undefined {
  if (settings["BELAY_TOKENS"] === undefined) return undefined
  return "BELAY_TOKENS is set: requests need a token, as in curl -H 'authorization: Bearer <token>'."
}

function welcome(url: string, folder: string, cluster: TigerBeetleCluster | undefined): string {
  const order = `{"id":"order-1","items":[{"sku":"widget-001","qty":2,"price":2999}],"customer":{"id":"alice","email":"alice@example.com"}}`
  return `
Belay listens on ${url}; open it in a browser to see every run. State is kept in ${relative(process.cwd(), folder) || folder}; Ctrl-C ends everything.
${ledgerLine(cluster)}

Try, in another terminal:

  curl -X POST ${url}/orders -d '${order}'
  curl ${url}/orders/order-1/status
  curl -X PUT ${url}/accounts/0e4c1d52-6f0a-4f57-9d4e-3b1f5a7c9e21
`
}

/** Resolves with the reason when the server ends by itself. */
async function serve(
  server: DevServer,
  folder: DevFolder,
  cluster: TigerBeetleCluster | undefined,
): Promise<string> {
  await server.start()
  console.log(welcome(server.url, folder.path, cluster))
  return server.ended()
}

async function main(): Promise<number> {
  const interrupted = interruption()
  const port = readPort("PORT", process.env["PORT"] || PORT_DEFAULT)
  const folder = new DevFolder(process.env["BELAY_FOLDER"] || FOLDER_DEFAULT)
  const cluster = readCluster()
  const devVars = existsSync(DEV_VARS) ? readFileSync(DEV_VARS, "utf8") : undefined
  const settings = workerSettings(process.env, devVars)
  const server = new DevServer({
    folder,
    port,
    settings,
    onLine: (line) => console.log(line),
    ...(cluster === undefined ? {} : { tigerBeetle: cluster }),
  })
  try {
    const notes = [openFilesWarning(), ledgerWarning(folder, cluster), tokensNote(settings)]
    for (const note of notes) if (note !== undefined) console.log(`Note: ${note}`)
    console.log("Starting …")
    const reason = await Promise.race([serve(server, folder, cluster), interrupted])
    if (reason !== undefined) console.error(reason)
    return reason === undefined ? 0 : 1
  } finally {
    await server.stop()
    folder.close()
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error))
    process.exit(1)
  },
)
