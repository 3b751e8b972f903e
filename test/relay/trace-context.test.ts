// Trace context on its way to the relay: as the step has it, to whichever relay is asked; without one, no header.

import { expect, test } from "vitest"
import { patience } from "../../src/ledger/patience.ts"
import { RelayLedger } from "../../src/ledger/relay-ledger.ts"
import { impostor } from "./relay-doubles.ts"
import { KEY } from "./relay-kit.ts"

const TRACE = {
  traceparent: "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
  tracestate: "rojo=1",
}

async function headersOf(step: Partial<typeof TRACE>): Promise<unknown[]> {
  const seen: unknown[] = []
  const url = await impostor(({ headers }, response) => {
    seen.push([headers["traceparent"], headers["tracestate"]])
    response.writeHead(503).end()
  })
  const ledger = new RelayLedger({ urls: [url], key: KEY, timeoutMs: 1_000 })
  const signal = new AbortController().signal
  await expect(
    ledger.lookupAccounts([1n], patience({ attempt: 1, signal, ...step })),
  ).rejects.toMatchObject({ name: "LedgerError" })
  return seen
}

test("a step's call carries its context", async () => {
  expect(await headersOf(TRACE)).toEqual([[TRACE.traceparent, TRACE.tracestate]])
  const { traceparent } = TRACE
  expect(await headersOf({ traceparent })).toEqual([[traceparent, undefined]])
})

test("a step without one sends none", async () => {
  expect(await headersOf({})).toEqual([[undefined, undefined]])
})
