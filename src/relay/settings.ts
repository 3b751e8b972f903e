// What an operator sets for the relay, from flags and environment.
// Owns: the names, the defaults, the checks, and the sentence that is printed when something is wrong.
// Secrets come by environment only: flags can be read by every user of the machine.
import { isIP } from "node:net"
import { parseArgs } from "node:util"
import { EVENTS_MAX, SECRET_CHARACTERS_MIN } from "../ledger/limits.ts"
import { KEY_ID_FORM } from "../ledger/signature.ts"

export type LedgerSettings =
  | { readonly kind: "embedded"; readonly path: string }
  | { readonly kind: "tigerbeetle"; readonly addresses: string; readonly clusterId: bigint }

export interface RelaySettings {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  readonly keys: ReadonlyMap<string, string>
  readonly ledger: LedgerSettings
  readonly eventsMax: number
  /** Print `{"ready":true,"port":...}` on a line of its own, for a program that waits for us. */
  readonly readyLine: "json" | "none"
}

export const USAGE = `Usage: relay [--host 127.0.0.1] [--port 0] [--ledger-file .belay/ledger.sqlite]
             [--tb-address host:port,...] [--tb-cluster-id 0]

  BELAY_RELAY_KEYS      JSON {keyId: secret}, needed
  BELAY_RELAY_HOST      as --host; other than loopback only with BELAY_RELAY_ALLOW_REMOTE=1
  BELAY_RELAY_PORT      as --port
  BELAY_RELAY_EVENTS_MAX  events in one request, at most ${EVENTS_MAX}
  BELAY_LEDGER_FILE     as --ledger-file; ":memory:" keeps nothing
  TB_ADDRESS            as --tb-address; then TigerBeetle is the ledger
  TB_CLUSTER_ID         as --tb-cluster-id
  BELAY_READY_JSON=1    one line of JSON when ready`

type Environment = Readonly<Record<string, string | undefined>>

/** @throws Error with a message for the operator. */
export function readSettings(args: readonly string[], env: Environment): RelaySettings {
  const { values: flags } = parseArgs({
    args: [...args],
    options: {
      host: { type: "string" },
      port: { type: "string" },
      "ledger-file": { type: "string" },
      "tb-address": { type: "string" },
      "tb-cluster-id": { type: "string" },
    },
  })
  const addresses = flags["tb-address"] ?? given(env["TB_ADDRESS"])
  const clusterId = flags["tb-cluster-id"] ?? given(env["TB_CLUSTER_ID"]) ?? "0"
  const path = flags["ledger-file"] ?? given(env["BELAY_LEDGER_FILE"]) ?? ".belay/ledger.sqlite"
  const eventsMax = given(env["BELAY_RELAY_EVENTS_MAX"]) ?? `${EVENTS_MAX}`
  return {
    host: readHost(
      flags.host ?? given(env["BELAY_RELAY_HOST"]) ?? "127.0.0.1",
      env["BELAY_RELAY_ALLOW_REMOTE"] === "1",
    ),
    port: readNumber(
      "BELAY_RELAY_PORT",
      flags.port ?? given(env["BELAY_RELAY_PORT"]) ?? "0",
      0,
      65_535,
    ),
    keys: readKeys(given(env["BELAY_RELAY_KEYS"])),
    ledger:
      addresses === undefined
        ? { kind: "embedded", path }
        : { kind: "tigerbeetle", addresses, clusterId: readClusterId(clusterId) },
    eventsMax: readNumber("BELAY_RELAY_EVENTS_MAX", eventsMax, 1, EVENTS_MAX),
    readyLine: env["BELAY_READY_JSON"] === "1" ? "json" : "none",
  }
}

/** A variable that is set to nothing is not set. */
function given(value: string | undefined): string | undefined {
  return value === "" ? undefined : value
}

function readHost(host: string, remoteAllowed: boolean): string {
  const loopback =
    host === "localhost" || host === "::1" || (isIP(host) === 4 && host.startsWith("127."))
  if (loopback || remoteAllowed) return host
  throw new Error(
    `BELAY_RELAY_HOST: ${host} can be reached from outside, and the relay speaks plain HTTP. ` +
      "Put a tunnel or a TLS proxy on loopback in front of it, or set BELAY_RELAY_ALLOW_REMOTE=1 where the network is yours.",
  )
}

function readNumber(name: string, text: string, min: number, max: number): number {
  const number = Number(text)
  if (/^[0-9]+$/.test(text) && number >= min && number <= max) return number
  throw new Error(`${name}: expected a whole number ${min}..${max}, got "${text}".`)
}

function readClusterId(text: string): bigint {
  if (/^[0-9]{1,39}$/.test(text)) return BigInt(text)
  throw new Error(`TB_CLUSTER_ID: expected a decimal number, got "${text}".`)
}

function readKeys(text: string | undefined): ReadonlyMap<string, string> {
  const form = `JSON {"<keyId>": "<secret>"}, each secret at least ${SECRET_CHARACTERS_MIN} characters`
  if (text === undefined) {
    throw new Error(
      `BELAY_RELAY_KEYS is not set, so nobody could ask this relay anything: give ${form}.`,
    )
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    // The parser's complaint would quote the secrets.
    throw new Error(`BELAY_RELAY_KEYS is not JSON: expected ${form}.`)
  }
  if (typeof json !== "object" || json === null || Array.isArray(json)) {
    throw new Error(`BELAY_RELAY_KEYS: expected ${form}.`)
  }
  const keys = new Map<string, string>()
  for (const [id, secret] of Object.entries(json) as [string, unknown][]) {
    if (!KEY_ID_FORM.test(id)) {
      throw new Error(`BELAY_RELAY_KEYS: key id "${id}" may have letters, digits and ". _ -" only.`)
    }
    if (typeof secret !== "string" || secret.length < SECRET_CHARACTERS_MIN) {
      throw new Error(`BELAY_RELAY_KEYS: the secret of "${id}" is too short; expected ${form}.`)
    }
    keys.set(id, secret)
  }
  if (keys.size === 0) throw new Error(`BELAY_RELAY_KEYS has no key: expected ${form}.`)
  return keys
}
