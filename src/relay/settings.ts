// What an operator sets for the relay, from flags and environment.
// Owns: the names, the defaults, the checks, and the sentence that is printed when something is wrong.
// Secrets come by environment only: flags can be read by every user of the machine.
import { isIP } from "node:net"
import { parseArgs } from "node:util"
import { EVENTS_MAX, SECRET_CHARACTERS_MIN } from "../ledger/limits.ts"
import { AUDIENCE_FORM } from "../ledger/signature.ts"
import { IN_FLIGHT_LIMITS } from "./calls/admission.ts"
import type { KeyGrant, Permission } from "./access/key-rights.ts"
import { readKeys } from "./key-settings.ts"
import { DRAIN_GRACE_MS } from "./relay-parts.ts"

export type LedgerSettings =
  | { readonly kind: "embedded"; readonly path: string }
  | { readonly kind: "tigerbeetle"; readonly addresses: string; readonly clusterId: bigint }

export interface RelaySettings {
  readonly host: string
  /** 0: any free port. */
  readonly port: number
  readonly keys: ReadonlyMap<string, KeyGrant>
  /** Origins; `undefined`: not checked. */
  readonly audiences: readonly string[] | undefined
  readonly ledger: LedgerSettings
  readonly eventsMax: number
  readonly callsInFlightMax: number
  readonly eventsInFlightMax: number
  readonly bytesInFlightMax: number
  readonly imported: Permission
  readonly metricsToken: string | undefined
  readonly logged: "notable" | "all"
  readonly drainGraceMs: number
  /** Print `{"ready":true,"port":...}` on a line of its own, for a program that waits for us. */
  readonly readyLine: "json" | "none"
}

/** How long calls in flight have at most when the relay is told to end, in ms. */
const DRAIN_GRACE_MS_MAX = 600_000

/** More than any machine has. */
const BYTES_MAX = 2 ** 50

const { callsMax, eventsMax: flyingEventsMax, bytesMax } = IN_FLIGHT_LIMITS

export const USAGE = `Usage: relay [--host 127.0.0.1] [--port 0] [--ledger-file .belay/ledger.sqlite]
             [--tb-address host:port,...] [--tb-cluster-id 0]

  BELAY_RELAY_KEYS      JSON, needed: {keyId: secret}, or for a key with fewer rights
                        {keyId: {"secret", "operations"?: [names], "ledgers"?: [numbers],
                        "codes"?: [numbers], "imported"?: true}}; what is left out is
                        allowed, but imports, which need BELAY_RELAY_IMPORTED as well
  BELAY_RELAY_AUDIENCE  origins under which callers address this relay, with commas:
                        https://relay-1.example.com; requests for others are refused. Set
                        it where several relays share a key; unset it is not checked
  BELAY_RELAY_IMPORTED=1  take imported events, from keys that may; for a migration only
  BELAY_RELAY_HOST      as --host; other than loopback only with BELAY_RELAY_ALLOW_REMOTE=1
  BELAY_RELAY_PORT      as --port
  BELAY_RELAY_EVENTS_MAX  events in one request, at most ${EVENTS_MAX}
  BELAY_RELAY_IN_FLIGHT_CALLS_MAX   calls the ledger has not settled (${callsMax})
  BELAY_RELAY_IN_FLIGHT_EVENTS_MAX  their events (${flyingEventsMax})
  BELAY_RELAY_IN_FLIGHT_BYTES_MAX   their bodies (${bytesMax})
  BELAY_RELAY_DRAIN_GRACE_MS  time for what is in flight when told to end (${DRAIN_GRACE_MS})
  BELAY_RELAY_METRICS_TOKEN  bearer token for /metrics; without one /metrics is shown on
                        loopback only, and not through a proxy or tunnel
  BELAY_RELAY_LOG=all   a line for every request, not only for slow and refused ones
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
  const number = (name: string, fallback: number, min: number, max: number) => {
    return readNumber(name, given(env[name]) ?? `${fallback}`, min, max)
  }
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
    audiences: readAudiences(given(env["BELAY_RELAY_AUDIENCE"])),
    ledger:
      addresses === undefined
        ? { kind: "embedded", path }
        : { kind: "tigerbeetle", addresses, clusterId: readClusterId(clusterId) },
    eventsMax: number("BELAY_RELAY_EVENTS_MAX", EVENTS_MAX, 1, EVENTS_MAX),
    callsInFlightMax: number("BELAY_RELAY_IN_FLIGHT_CALLS_MAX", callsMax, 1, 1_000_000),
    eventsInFlightMax: number("BELAY_RELAY_IN_FLIGHT_EVENTS_MAX", flyingEventsMax, 1, 100_000_000),
    bytesInFlightMax: number("BELAY_RELAY_IN_FLIGHT_BYTES_MAX", bytesMax, 1, BYTES_MAX),
    imported: readSwitch("BELAY_RELAY_IMPORTED", env) ? "allowed" : "refused",
    metricsToken: readMetricsToken(given(env["BELAY_RELAY_METRICS_TOKEN"])),
    logged: readLogged(given(env["BELAY_RELAY_LOG"])),
    drainGraceMs: number("BELAY_RELAY_DRAIN_GRACE_MS", DRAIN_GRACE_MS, 0, DRAIN_GRACE_MS_MAX),
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

function readAudiences(text: string | undefined): readonly string[] | undefined {
  return text?.split(",").map((part) => {
    const url = URL.canParse(part.trim()) ? new URL(part.trim()) : undefined
    // Callers send the origin alone, so a path here would be a check that nobody makes.
    if (url?.href === `${url?.origin}/` && AUDIENCE_FORM.test(url.origin)) return url.origin
    throw new Error(
      `BELAY_RELAY_AUDIENCE: expected origins like https://relay-1.example.com with commas between, got "${part.trim()}".`,
    )
  })
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

/** Anything but 1 and 0 is a mistake: "false" would not switch anything off. */
function readSwitch(name: string, env: Environment): boolean {
  const text = given(env[name]) ?? "0"
  if (text === "0" || text === "1") return text === "1"
  throw new Error(`${name}: expected 1, or 0 or nothing, got "${text}".`)
}

function readLogged(text: string | undefined): "notable" | "all" {
  if (text === undefined || text === "notable" || text === "all") return text ?? "notable"
  throw new Error(`BELAY_RELAY_LOG: expected all or notable, got "${text}".`)
}

function readMetricsToken(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  if (text.length >= SECRET_CHARACTERS_MIN && /^\S+$/.test(text)) return text
  throw new Error(
    `BELAY_RELAY_METRICS_TOKEN: expected at least ${SECRET_CHARACTERS_MIN} characters without spaces.`,
  )
}
