// Tracing: which runs are chosen, and that a run, its steps and its children are told the same.

import { describe, expect, it } from "vitest"
import { parseTraceParent } from "../../src/engine/ports/trace-context.ts"
import { attemptSpanId, entrySpanId, runSpanId } from "../../src/engine/ports/trace-ids.ts"
import { UNTOLD } from "../../src/object/telemetry/run-trace.ts"
import { Tracing } from "../../src/object/telemetry/tracing.ts"

const SETTINGS = {
  url: "https://collector.example/v1/traces",
  headers: {},
  serviceName: "belay",
  ratio: 1,
  tellsMessages: true,
}

const TRACE_ID = "4bf92f3577b34da6a3ce929d0e0e4736"
const CALLER = { traceparent: `00-${TRACE_ID}-00f067aa0ba902b7-01` }

function rowOf(n: number) {
  const incarnation = `00000000-0000-4000-8000-${String(n).padStart(12, "0")}`
  return { id: `run-${n}`, incarnation, generation: 0, trace: undefined }
}

describe("without a caller", () => {
  it.each([0, 0.1, 0.5, 1])("the ratio %d chooses about so many, always the same", (ratio) => {
    const rows = Array.from({ length: 4_000 }, (_, n) => rowOf(n))
    const choose = () => {
      const tracing = new Tracing({ ...SETTINGS, ratio })
      return rows.map((row) => tracing.recorded(row) !== undefined)
    }
    const chosen = choose()
    expect(choose()).toEqual(chosen)
    const part = chosen.filter(Boolean).length / rows.length
    expect(Math.abs(part - ratio)).toBeLessThan(ratio % 1 === 0 ? 1e-9 : 0.03)
  })

  it("steps and children are told as the run was chosen, under the spans there will be", () => {
    const tracing = new Tracing({ ...SETTINGS, ratio: 0.5 })
    for (let n = 0; n < 50; n++) {
      const row = rowOf(n)
      const isRecorded = tracing.recorded(row) !== undefined
      const child = parseTraceParent(tracing.ofChild(row, "3")?.traceparent ?? "")
      const place = { ...row, round: 0 }
      expect(child).toEqual({
        traceId: tracing.traceIdOf(row),
        spanId: entrySpanId(place, "3"),
        isSampled: isRecorded,
      })
      expect(tracing.ofSteps(row)).toMatchObject({ isSampled: isRecorded, passedOn: undefined })
      expect(tracing.ofRun(row)?.traceparent.includes(runSpanId(place)) ?? false).toBe(isRecorded)
      expect(attemptSpanId(row, "3", 1)).not.toBe(child?.spanId)
    }
  })
})

describe("with a caller", () => {
  const row = { ...rowOf(1), trace: { ...UNTOLD, caller: CALLER } }

  it("the ratio does not matter", () => {
    const tracing = new Tracing({ ...SETTINGS, ratio: 0 })
    expect(tracing.recorded(row)).toMatchObject({ traceId: TRACE_ID })
  })

  it("children are told the caller's own where nothing is exported", () => {
    const tracing = new Tracing(undefined)
    expect(tracing.ofChild(row, "3")).toEqual(CALLER)
    expect(tracing.ofRun(row)).toBeUndefined()
    expect(tracing.ofChild(rowOf(1), "3")).toBeUndefined()
  })

  it("a child in another round stands under that round's entry", () => {
    const tracing = new Tracing(SETTINGS)
    const again = { ...row, trace: { ...row.trace, round: 1 } }
    expect(tracing.ofChild(again, "3")).not.toEqual(tracing.ofChild(row, "3"))
  })
})
