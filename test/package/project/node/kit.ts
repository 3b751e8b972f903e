// Kit: a workflow driven in memory, and swept by crashes, from plain Node. One line of JSON is printed.
import { crashEverywhere, FindingsError, replayJournal, TestRun, throws } from "belay/testing"
import { Never } from "belay/engine"
import { unpaid } from "./unpaid.ts"

const run = await TestRun.start(unpaid, { input: ["o1"], byHand: ["charge"] })
await run.fail("charge", new Error("no money"))
await run.crash()
await run.advance(60_000)
run.replay()
const sent: string[] = []
const steps = { charge: throws("no money") }
const report = await crashEverywhere(unpaid, ["o1"], { steps })
const replayed = await replayJournal(report.run.exported, unpaid)
const error: unknown = await crashEverywhere(unpaid, ["o1"], {
  steps: { charge: async () => sent.push("charged") },
}).catch((thrown: unknown) => thrown)
console.log(
  JSON.stringify({
    status: run.status,
    result: run.result,
    never: typeof Never,
    swept: report.ok && report.crashes === report.points,
    replayed: replayed.message,
    found: error instanceof FindingsError ? error.findings.map(({ kind }) => kind) : [],
  }),
)
