// Start: everything on this machine: the relay with the embedded ledger, the migrations, the Worker on `wrangler dev`.
// Owns: settings, what is printed, signals and the exit code; the rest is support/dev-server.ts.
// PORT (8787) and BELAY_FOLDER (.belay, which keeps the state) are read from the environment. Ends with 0 on Ctrl-C,
// SIGTERM or SIGHUP, and with 1, saying why, when something cannot start or ends by itself.

import { relative } from "node:path"
import { fileURLToPath } from "node:url"
import { DevFolder } from "./support/dev-folder.ts"
import { DevServer } from "./support/dev-server.ts"
import { interruption } from "./support/interruption.ts"
import { openFilesWarning } from "./support/open-files.ts"

const PORT_DEFAULT = "8787"
const FOLDER_DEFAULT = fileURLToPath(new URL("../.belay", import.meta.url))

function readPort(text: string): number {
  const port = Number(text)
  if (/^[0-9]{1,5}$/.test(text) && port >= 1 && port <= 65_535) return port
  throw new Error(`PORT: expected a whole number 1..65535, got "${text}".`)
}

function welcome(url: string, folder: string): string {
  const order = `{"id":"order-1","items":[{"sku":"widget-001","qty":2,"price":2999}],"customer":{"id":"alice","email":"alice@example.com"}}`
  return `
Belay listens on ${url}. State is kept in ${relative(process.cwd(), folder) || folder}; Ctrl-C ends everything.

Try, in another terminal:

  curl -X POST ${url}/orders -d '${order}'
  curl ${url}/orders/order-1/status
  curl -X PUT ${url}/accounts/0e4c1d52-6f0a-4f57-9d4e-3b1f5a7c9e21
`
}

/** Resolves with the reason when the server ends by itself. */
async function serve(server: DevServer, folder: DevFolder): Promise<string> {
  await server.start()
  console.log(welcome(server.url, folder.path))
  return server.ended()
}

async function main(): Promise<number> {
  const interrupted = interruption()
  const port = readPort(process.env["PORT"] || PORT_DEFAULT)
  const folder = new DevFolder(process.env["BELAY_FOLDER"] || FOLDER_DEFAULT)
  const server = new DevServer({ folder, port, onLine: (line) => console.log(line) })
  try {
    const warning = openFilesWarning()
    if (warning !== undefined) console.log(`Note: ${warning}`)
    console.log("Starting …")
    const reason = await Promise.race([serve(server, folder), interrupted])
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
