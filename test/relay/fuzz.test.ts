// A short fuzz of the relay, with a fixed seed: forged, late, replayed and bent requests, and bytes that are none.
// `npm run fuzz` is the long one, at a process of its own.
import { expect, test } from "vitest"
import { searchBytes } from "../../scripts/fuzz/bytes-fuzzer.ts"
import { searchRelay } from "../../scripts/fuzz/relay-fuzzer.ts"
import { newTally } from "../../scripts/fuzz/search.ts"
import { freePort } from "../../scripts/support/free-port.ts"
import { EVERY_RIGHT } from "../../src/relay/access/key-rights.ts"
import { KEY, startRelay } from "./relay-kit.ts"

const NARROW = { id: "narrow", secret: "another secret for the relay's tests" }

test("a hundred and fifty requests that are forged, late, replayed or bent out of shape", async () => {
  const port = await freePort()
  const { relay, log } = await startRelay({
    port,
    audiences: [`http://127.0.0.1:${port}`],
    keys: new Map([
      [KEY.id, { secret: KEY.secret, rights: EVERY_RIGHT }],
      [
        NARROW.id,
        {
          secret: NARROW.secret,
          rights: { operations: new Set(["lookup_accounts"] as const), imported: "refused" },
        },
      ],
    ]),
  })
  const tally = newTally()
  const canaries = [KEY.secret, NARROW.secret]
  const place = { url: relay.url, key: KEY, narrow: NARROW, canaries }
  expect(await searchRelay(place, { seed: 11, cases: 150 }, tally)).toBeUndefined()
  expect([...tally.answers.keys()]).toEqual(expect.arrayContaining(["200", "400", "401", "503"]))
  expect(log.filter(({ event }) => event === "request_failed")).toEqual([])
  // The same hands at a relay that is given another secret: the judge is not blind.
  const other = { ...place, key: { id: KEY.id, secret: "not what the relay was given" } }
  expect(await searchRelay(other, { seed: 11, cases: 20 }, newTally())).toBeDefined()
})

test("sixty handfuls of bytes that are no request, or two, or half of one", async () => {
  const { relay, log } = await startRelay()
  const places = { ports: { worker: relay.port, relay: relay.port }, canaries: [KEY.secret] }
  expect(await searchBytes(places, { seed: 3, cases: 60 }, newTally())).toBeUndefined()
  expect(log.filter(({ event }) => event === "request_failed")).toEqual([])
})
