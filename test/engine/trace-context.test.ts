// Trace context: the W3C headers as they may come, and the ids that a run makes of itself.

import fc from "fast-check"
import { describe, expect, test } from "vitest"
import { readTraceContext } from "../../src/engine/ports/trace-context.ts"
import {
  attemptSpanId,
  entrySpanId,
  runSpanId,
  traceIdOf,
} from "../../src/engine/ports/trace-ids.ts"

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
const SPAN_ID = "00f067aa0ba902b7"
const GOOD = `00-${TRACE_ID}-${SPAN_ID}-01`

describe("traceparent", () => {
  test.each([
    [GOOD, GOOD],
    [` ${GOOD}\t`, GOOD],
    [`00-${TRACE_ID}-${SPAN_ID}-00`, `00-${TRACE_ID}-${SPAN_ID}-00`],
    // Flags that are not known are not passed on; of the known ones one says whether it is recorded.
    [`00-${TRACE_ID}-${SPAN_ID}-ff`, GOOD],
    [`00-${TRACE_ID}-${SPAN_ID}-02`, `00-${TRACE_ID}-${SPAN_ID}-00`],
    // A later version is read as far as it is the same.
    [`cc-${TRACE_ID}-${SPAN_ID}-01`, GOOD],
    [`cc-${TRACE_ID}-${SPAN_ID}-01-what-the-future-will-be-like`, GOOD],
  ])("%j is read", (header, traceparent) => {
    expect(readTraceContext(header, null)).toEqual({ traceparent })
  })

  test.each([
    "",
    "garbage",
    `ff-${TRACE_ID}-${SPAN_ID}-01`,
    `0-${TRACE_ID}-${SPAN_ID}-01`,
    `00-${TRACE_ID}-${SPAN_ID}`,
    `00-${TRACE_ID}-${SPAN_ID}-1`,
    `00-${TRACE_ID}-${SPAN_ID}-01-`,
    `00-${TRACE_ID}-${SPAN_ID}-01-more`,
    `cc-${TRACE_ID}-${SPAN_ID}-01.what`,
    `00-${TRACE_ID.toUpperCase()}-${SPAN_ID}-01`,
    `00-${"0".repeat(32)}-${SPAN_ID}-01`,
    `00-${TRACE_ID}-${"0".repeat(16)}-01`,
    `00-${TRACE_ID.slice(1)}-${SPAN_ID}-01`,
    `00-${TRACE_ID}-${SPAN_ID}x-01`,
    `00_${TRACE_ID}_${SPAN_ID}_01`,
    // Two headers arrive as one list.
    `${GOOD}, ${GOOD}`,
    `${GOOD}\n${GOOD}`,
  ])("%j is as good as none, and takes the tracestate along", (header) => {
    expect(readTraceContext(header, "rojo=1")).toBeUndefined()
  })

  test("no header is none", () => {
    expect(readTraceContext(null, "rojo=1")).toBeUndefined()
  })

  test("whatever comes, it never throws, and what it gives reads the same again", () => {
    const header = fc.oneof(
      fc.string(),
      fc.stringMatching(/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/),
    )
    fc.assert(
      fc.property(header, fc.option(fc.string()), (traceparent, tracestate) => {
        const read = readTraceContext(traceparent, tracestate)
        if (read === undefined) return
        expect(readTraceContext(read.traceparent, read.tracestate ?? null)).toEqual(read)
      }),
    )
  })
})

describe("tracestate", () => {
  const read = (tracestate: string) => readTraceContext(GOOD, tracestate)?.tracestate

  test.each([
    ["rojo=00f067aa0ba902b7", "rojo=00f067aa0ba902b7"],
    ["rojo=1,congo=t61rcWkgMzE", "rojo=1,congo=t61rcWkgMzE"],
    [" rojo=1 ,\tcongo=2 ", "rojo=1,congo=2"],
    ["rojo=1,,congo=2,", "rojo=1,congo=2"],
    ["tenant@system=a value", "tenant@system=a value"],
    ["0a/_-*=x:y;z", "0a/_-*=x:y;z"],
  ])("%j is passed on", (header, passedOn) => {
    expect(read(header)).toBe(passedOn)
  })

  test.each([
    "",
    ",",
    "rojo",
    "=1",
    "rojo=",
    "Rojo=1",
    "ro jo=1",
    "rojo=a=b",
    "rojo=\u00e9",
    "rojo=1,rojo=2",
    "@system=1",
    "tenant@=1",
    `${"k".repeat(257)}=1`,
    `k=${"v".repeat(257)}`,
    Array.from({ length: 33 }, (_, n) => `k${n}=1`).join(","),
  ])("%j goes, and the traceparent stays", (header) => {
    expect(readTraceContext(GOOD, header)).toEqual({ traceparent: GOOD })
  })

  test("32 members are taken", () => {
    const members = Array.from({ length: 32 }, (_, n) => `k${n}=1`).join(",")
    expect(read(members)).toBe(members)
  })

  test("of what is longer than 512 characters the long members go first, then the last", () => {
    const long = `long=${"x".repeat(200)}`
    const short = (n: number) => `k${n}=${"y".repeat(90)}`
    expect(read([long, short(1), short(2), short(3), short(4)].join(","))).toBe(
      [short(1), short(2), short(3), short(4)].join(","),
    )
    const six = [1, 2, 3, 4, 5, 6].map(short)
    expect(read(six.join(","))).toBe(six.slice(0, 5).join(","))
  })
})

describe("ids", () => {
  test("are the same for the same, and have the form of ids", () => {
    const place = { incarnation: "i", generation: 1, round: 2 }
    const make = () => [
      traceIdOf("run", "i"),
      runSpanId(place),
      entrySpanId(place, "3.1"),
      attemptSpanId(place, "3.1", 2),
    ]
    expect(make()).toEqual(make())
    expect(make()[0]).toMatch(/^[0-9a-f]{32}$/)
    for (const id of make().slice(1)) expect(id).toMatch(/^[0-9a-f]{16}$/)
  })

  test("differ for all that differs, a hundred thousand of them", () => {
    const spans = new Set<string>()
    const traces = new Set<string>()
    let count = 0
    for (let run = 0; run < 100; run++) {
      const incarnation = `00000000-0000-4000-8000-${String(run).padStart(12, "0")}`
      traces.add(traceIdOf(`run-${run}`, "same")).add(traceIdOf("same", incarnation))
      for (let generation = 0; generation < 5; generation++) {
        for (let round = 0; round < 2; round++) {
          const place = { incarnation, generation, round }
          spans.add(runSpanId(place))
          count++
          for (let path = 0; path < 100; path++) {
            spans.add(entrySpanId(place, String(path)))
            count++
          }
        }
        for (let attempt = 1; attempt <= 10; attempt++) {
          for (let path = 0; path < 10; path++) {
            spans.add(attemptSpanId({ incarnation, generation }, String(path), attempt))
            count++
          }
        }
      }
    }
    expect(count).toBeGreaterThan(100_000)
    expect(spans.size).toBe(count)
    expect(traces.size).toBe(200)
  })

  test("use all of their bits", () => {
    const seen = Array.from({ length: 4_000 }, (_, n) => traceIdOf(`run-${n}`, "i"))
    for (let digit = 0; digit < 32; digit++) {
      const counts = new Map<string, number>()
      for (const id of seen) counts.set(id.charAt(digit), (counts.get(id.charAt(digit)) ?? 0) + 1)
      expect(counts.size).toBe(16)
      expect(Math.max(...counts.values())).toBeLessThan((seen.length / 16) * 1.5)
    }
  })
})
