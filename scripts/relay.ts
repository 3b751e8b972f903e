// Starts the relay: the process between workflows and their ledger.
// Owns: the process: reading settings, the start banner, signals and the exit code. Everything else is src/relay.
// Ends with 0 after SIGTERM or SIGINT once all that was begun is answered, with 1 when it cannot start.
import { EmbeddedLedger } from "../src/relay/embedded/embedded-ledger.ts"
import type { LedgerBackend } from "../src/relay/ledger-backend.ts"
import { RelayMetrics } from "../src/relay/metrics/metrics.ts"
import { Relay } from "../src/relay/relay.ts"
import { resolveReplicaAddresses } from "../src/relay/tigerbeetle/replica-addresses.ts"
import { type LedgerSettings, readSettings, USAGE } from "../src/relay/settings.ts"
import { openTigerBeetle } from "../src/relay/tigerbeetle/tigerbeetle-ledger.ts"

async function openLedger(settings: LedgerSettings): Promise<LedgerBackend> {
  if (settings.kind === "embedded") return new EmbeddedLedger({ path: settings.path })
  const addresses = await resolveReplicaAddresses(settings.addresses)
  return openTigerBeetle({ clusterId: settings.clusterId, addresses })
}

async function main(): Promise<void> {
  const settings = readSettings(process.argv.slice(2), process.env)
  const relay = await Relay.start({
    ledger: await openLedger(settings.ledger),
    keys: settings.keys,
    audiences: settings.audiences,
    host: settings.host,
    port: settings.port,
    rules: { eventsMax: settings.eventsMax, imported: settings.imported },
    callsInFlightMax: settings.callsInFlightMax,
    eventsInFlightMax: settings.eventsInFlightMax,
    bytesInFlightMax: settings.bytesInFlightMax,
    metricsToken: settings.metricsToken,
    metrics: new RelayMetrics().addProcess(),
    drainGraceMs: settings.drainGraceMs,
    logged: settings.logged,
    log: (entry) => console.error(JSON.stringify({ at: new Date().toISOString(), ...entry })),
  })
  const end = () => {
    relay.drain().then(
      // The native client may keep threads alive; all that was begun is answered, so leave.
      () => process.exit(0),
      (error: unknown) => fail(error),
    )
  }
  process.on("SIGTERM", end)
  process.on("SIGINT", end)
  const { kind, place, note } = relay.ledger
  console.log(`Belay relay on ${relay.url}, ledger ${kind}: ${note} (${place})`)
  if (settings.readyLine === "json") console.log(JSON.stringify({ ready: true, port: relay.port }))
}

function fail(error: unknown): void {
  console.error(`The relay cannot go on: ${error instanceof Error ? error.message : String(error)}`)
  process.exit(1)
}

if (process.argv.includes("--help")) console.log(USAGE)
else main().catch(fail)
