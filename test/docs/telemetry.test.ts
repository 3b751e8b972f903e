// The page on telemetry: its program, traced from the caller over a retry to the bank and the child, into a collector.

import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { expect, onTestFinished, test } from "vitest"
import { waitUntil } from "../../scripts/support/wait-until.ts"
import { SpanCollector } from "../crash/support/span-collector.ts"
import { runPage } from "./support/page-program.ts"

const CALLER = "00f067aa0ba902b7"
const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
const TRACEPARENT = `00-${TRACE_ID}-${CALLER}-01`
const SOON_MS = 20_000

/** Refuses the first charge. */
async function bank() {
  const asked: (string | undefined)[] = []
  const server = createServer((request, response) => {
    const { traceparent } = request.headers
    asked.push(typeof traceparent === "string" ? traceparent : undefined)
    response.writeHead(asked.length === 1 ? 503 : 200).end()
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  onTestFinished(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { asked, url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/charges` }
}

test("one trace from the caller to the bank and the receipt", async () => {
  const collector = await SpanCollector.start()
  onTestFinished(() => collector.close())
  const { asked, url } = await bank()
  const { client } = await runPage(
    "docs/telemetry.md",
    { RUNS: "RunObject" },
    { BELAY_OTLP_URL: collector.url },
  )
  const body = { workflow: "purchase", input: [url, 500] }
  const answer = await client.post("/v1/runs/p1?wait=10000", body, { traceparent: TRACEPARENT })
  expect(answer).toMatchObject({ status: 201, body: { result: "receipt for 500" } })
  const run = await waitUntil("the run's span", SOON_MS, () =>
    collector.forest.named("receipt").length === 1
      ? collector.forest.named("purchase")[0]
      : undefined,
  )
  const { forest, faults } = collector
  expect(faults).toEqual([])
  expect(forest.orphans([CALLER])).toEqual([])
  expect(run.parentSpanId).toBe(CALLER)
  expect(new Set(forest.spans.map(({ traceId }) => traceId))).toEqual(new Set([TRACE_ID]))
  const attempts = forest.named("charge attempt")
  expect(asked).toEqual(attempts.map(({ spanId }) => `00-${TRACE_ID}-${spanId}-01`))
  expect(attempts.map(({ isError }) => isError)).toEqual([true, false])
}, 60_000)
