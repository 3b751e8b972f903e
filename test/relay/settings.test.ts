// What operators can set wrong, on either side of the wire, and what they are told.
import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { LedgerError } from "../../src/ledger/errors.ts"
import { relayLedgerFromEnv } from "../../src/ledger/relay-settings.ts"
import { resolveReplicaAddresses } from "../../src/relay/tigerbeetle/replica-addresses.ts"
import { readSettings, USAGE } from "../../src/relay/settings.ts"

const SECRET = "0123456789abcdef"
const BELAY_RELAY_KEYS = JSON.stringify({ a: SECRET })
const BELAY_RELAY_KEY = JSON.stringify({ id: "a", secret: SECRET })
const BELAY_RELAY_URL = "http://127.0.0.1:4000"

test("the relay's defaults are loopback, any free port and the embedded ledger in .belay", () => {
  expect(readSettings([], { BELAY_RELAY_KEYS })).toMatchObject({
    host: "127.0.0.1",
    port: 0,
    ledger: { kind: "embedded", path: ".belay/ledger.sqlite" },
    readyLine: "none",
  })
})

test("an address of TigerBeetle makes it the ledger, and flags win over variables", () => {
  const env = { BELAY_RELAY_KEYS, TB_ADDRESS: "3000", TB_CLUSTER_ID: "7", BELAY_RELAY_PORT: "1" }
  expect(readSettings(["--port", "2", "--tb-address", "3001"], env)).toMatchObject({
    port: 2,
    ledger: { kind: "tigerbeetle", addresses: "3001", clusterId: 7n },
  })
})

test("two keys with one secret are refused: the one could be taken for the other", () => {
  const keys = JSON.stringify({ narrow: { secret: SECRET, ledgers: [1] }, wide: SECRET })
  expect(() => readSettings([], { BELAY_RELAY_KEYS: keys })).toThrow(
    'BELAY_RELAY_KEYS: "narrow" and "wide" have the same secret.',
  )
})

test("a key is its secret, or its secret and what it may do", () => {
  const some = {
    secret: `${SECRET}-2`,
    operations: ["lookup_accounts"],
    ledgers: [7, 8],
    codes: [1],
  }
  const given = { a: SECRET, b: some, c: { secret: `${SECRET}-3`, imported: true } }
  const { keys } = readSettings([], { BELAY_RELAY_KEYS: JSON.stringify(given) })
  expect([...keys]).toEqual([
    ["a", { secret: SECRET, rights: { imported: "refused" } }],
    [
      "b",
      {
        secret: `${SECRET}-2`,
        rights: {
          operations: new Set(["lookup_accounts"]),
          ledgers: new Set([7, 8]),
          codes: new Set([1]),
          imported: "refused",
        },
      },
    ],
    ["c", { secret: `${SECRET}-3`, rights: { imported: "allowed" } }],
  ])
})

test("what is not set is denied, bounded and quiet", () => {
  expect(readSettings([], { BELAY_RELAY_KEYS })).toMatchObject({
    imported: "refused",
    audiences: undefined,
    metricsToken: undefined,
    logged: "notable",
    callsInFlightMax: 1_024,
    eventsInFlightMax: 100_000,
    bytesInFlightMax: 64 * 1_024 * 1_024,
    drainGraceMs: 5_000,
  })
})

test("every setting is taken from its variable, and each of them is explained", () => {
  const env = {
    BELAY_RELAY_KEYS,
    BELAY_RELAY_AUDIENCE: "https://Relay-1.example.com:443/, http://10.0.0.1:4000",
    BELAY_RELAY_EVENTS_MAX: "253",
    BELAY_RELAY_IMPORTED: "1",
    BELAY_RELAY_METRICS_TOKEN: "a-token-for-scrapers",
    BELAY_RELAY_LOG: "all",
    BELAY_RELAY_IN_FLIGHT_CALLS_MAX: "10",
    BELAY_RELAY_IN_FLIGHT_EVENTS_MAX: "20",
    BELAY_RELAY_IN_FLIGHT_BYTES_MAX: "30",
    BELAY_RELAY_DRAIN_GRACE_MS: "0",
  }
  expect(readSettings([], env)).toMatchObject({
    audiences: ["https://relay-1.example.com", "http://10.0.0.1:4000"],
    eventsMax: 253,
    imported: "allowed",
    metricsToken: "a-token-for-scrapers",
    logged: "all",
    callsInFlightMax: 10,
    eventsInFlightMax: 20,
    bytesInFlightMax: 30,
    drainGraceMs: 0,
  })
  const source = readFileSync(new URL("../../src/relay/settings.ts", import.meta.url), "utf8")
  const names = new Set(source.match(/\b(?:BELAY|TB)_[A-Z_]+\b/g))
  expect(names.size).toBeGreaterThan(12)
  for (const name of names) expect(USAGE).toContain(name)
})

function keyWith(members: object): { BELAY_RELAY_KEYS: string } {
  return { BELAY_RELAY_KEYS: JSON.stringify({ a: { secret: SECRET, ...members } }) }
}

describe("the relay does not start, and says why", () => {
  test.each([
    [{}, /BELAY_RELAY_KEYS is not set/],
    [{ BELAY_RELAY_KEYS: "{" }, /BELAY_RELAY_KEYS is not JSON/],
    [{ BELAY_RELAY_KEYS: "[]" }, /expected JSON/],
    [{ BELAY_RELAY_KEYS: "{}" }, /has no key/],
    [{ BELAY_RELAY_KEYS: '{"a b":"0123456789abcdef"}' }, /key id "a b"/],
    [{ BELAY_RELAY_KEYS: '{"a":"0123456789abcde"}' }, /secret of "a" is too short/],
    [{ BELAY_RELAY_KEYS, BELAY_RELAY_HOST: "0.0.0.0" }, /can be reached from outside/],
    [{ BELAY_RELAY_KEYS, BELAY_RELAY_PORT: "65536" }, /BELAY_RELAY_PORT: expected a whole number/],
    [{ BELAY_RELAY_KEYS, BELAY_RELAY_EVENTS_MAX: "0" }, /BELAY_RELAY_EVENTS_MAX/],
    [{ BELAY_RELAY_KEYS, TB_ADDRESS: "3000", TB_CLUSTER_ID: "x" }, /TB_CLUSTER_ID/],
    [{ BELAY_RELAY_KEYS: '{"a":1}' }, /secret of "a" is too short/],
    [{ BELAY_RELAY_KEYS: '{"a":null}' }, /secret of "a" is too short/],
    [keyWith({ ledger: 1 }), /key "a" has the member "ledger"; there are secret, operations, /],
    [keyWith({ operations: ["drop"] }), /"operations" of "a": expected a list of at least one of/],
    [keyWith({ operations: [] }), /leave it out to allow all/],
    [keyWith({ operations: null }), /"operations" of "a"/],
    [keyWith({ ledgers: [0] }), /"ledgers" of "a": .* 1\.\.4294967295/],
    [keyWith({ ledgers: 7 }), /"ledgers" of "a"/],
    [keyWith({ codes: [1, 65_536] }), /"codes" of "a": .* 1\.\.65535/],
    [keyWith({ codes: ["1"] }), /"codes" of "a"/],
    [keyWith({ imported: 1 }), /"imported" of "a": expected true or false/],
    [{ BELAY_RELAY_KEYS, BELAY_RELAY_IMPORTED: "yes" }, /BELAY_RELAY_IMPORTED: expected 1/],
    [{ BELAY_RELAY_KEYS, BELAY_RELAY_AUDIENCE: "relay-1" }, /BELAY_RELAY_AUDIENCE: .* "relay-1"/],
    [{ BELAY_RELAY_KEYS, BELAY_RELAY_AUDIENCE: "https://a.b/v1" }, /BELAY_RELAY_AUDIENCE/],
    [{ BELAY_RELAY_KEYS, BELAY_RELAY_AUDIENCE: "https://a.b," }, /BELAY_RELAY_AUDIENCE/],
    [{ BELAY_RELAY_KEYS, BELAY_RELAY_LOG: "debug" }, /BELAY_RELAY_LOG: expected all or notable/],
    [{ BELAY_RELAY_KEYS, BELAY_RELAY_METRICS_TOKEN: "short" }, /BELAY_RELAY_METRICS_TOKEN/],
    [{ BELAY_RELAY_KEYS, BELAY_RELAY_IN_FLIGHT_CALLS_MAX: "0" }, /BELAY_RELAY_IN_FLIGHT_CALLS_MAX/],
    [{ BELAY_RELAY_KEYS, BELAY_RELAY_DRAIN_GRACE_MS: "-1" }, /BELAY_RELAY_DRAIN_GRACE_MS/],
  ])("%j", (env, message) => {
    expect(() => readSettings([], env)).toThrow(message)
  })
})

test("a host beyond loopback is taken only by whoever says so", () => {
  const env = { BELAY_RELAY_KEYS, BELAY_RELAY_HOST: "0.0.0.0", BELAY_RELAY_ALLOW_REMOTE: "1" }
  expect(readSettings([], env)).toMatchObject({ host: "0.0.0.0" })
})

test("secrets stay out of the messages about them", () => {
  const broken = `{"a": "${SECRET}"`
  for (const read of [
    () => readSettings([], { BELAY_RELAY_KEYS: broken }),
    () => relayLedgerFromEnv({ BELAY_RELAY_URL, BELAY_RELAY_KEY: broken }),
  ]) {
    expect(messageOf(read)).toContain("expected JSON")
    expect(messageOf(read)).not.toContain(SECRET)
  }
})

function messageOf(work: () => unknown): string {
  try {
    work()
  } catch (error) {
    return String(error)
  }
  throw new Error("nothing was thrown")
}

describe("the Worker's settings that are missing or wrong are named", () => {
  test.each([
    [{ BELAY_RELAY_KEY }, /BELAY_RELAY_URL is not set/],
    [{ BELAY_RELAY_URL: " , ", BELAY_RELAY_KEY }, /BELAY_RELAY_URL is not set/],
    [{ BELAY_RELAY_URL: "relay", BELAY_RELAY_KEY }, /"relay" is not a URL/],
    [{ BELAY_RELAY_URL: "http://relay.example", BELAY_RELAY_KEY }, /must be https/],
    [{ BELAY_RELAY_URL: "https://relay.example/x", BELAY_RELAY_KEY }, /scheme, host and port only/],
    [{ BELAY_RELAY_URL }, /BELAY_RELAY_KEY is not set/],
    [{ BELAY_RELAY_URL, BELAY_RELAY_KEY: "null" }, /no valid "id"/],
    [{ BELAY_RELAY_URL, BELAY_RELAY_KEY: '{"id":"a","secret":"short"}' }, /no valid "secret"/],
  ])("%j", (env, message) => {
    const given = () => relayLedgerFromEnv(env)
    expect(given).toThrow(LedgerError)
    expect(given).toThrow(message)
  })
})

test("the Worker takes several relays, https anywhere and http on loopback", () => {
  const BELAY_RELAY_URLS =
    "https://a.example, https://b.example:8443,http://localhost:1,http://[::1]:2"
  expect(() =>
    relayLedgerFromEnv({ BELAY_RELAY_URL: BELAY_RELAY_URLS, BELAY_RELAY_KEY }),
  ).not.toThrow()
})

test("TigerBeetle's addresses are resolved to what its client takes", async () => {
  const addresses = await resolveReplicaAddresses("3000, 10.0.0.1:3001,[::1]:3002,10.0.0.2")
  expect(addresses).toEqual(["3000", "10.0.0.1:3001", "[::1]:3002", "10.0.0.2"])
  const [resolved] = await resolveReplicaAddresses("localhost:3000")
  expect(resolved).toMatch(/^(127\.0\.0\.1|\[::1\]):3000$/)
})

describe("an address that TigerBeetle's client would refuse is named", () => {
  test.each([
    ["", /expected 1 to 6 addresses, got 0/],
    ["1,2,3,4,5,6,7", /expected 1 to 6 addresses, got 7/],
    ["host:70000", /port 70000/],
    ["::1", /"::1" is not an address/],
  ])("%j", async (text, message) => {
    await expect(resolveReplicaAddresses(text)).rejects.toThrow(message)
  })
})
