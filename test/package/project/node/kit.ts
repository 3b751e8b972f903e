// Kit: a workflow driven in memory from plain Node. One line of JSON is printed.
import { TestRun } from "belay/testing"
import { Never } from "belay/engine"
import { unpaid } from "./unpaid.ts"

const run = await TestRun.start(unpaid, { input: ["o1"], byHand: ["charge"] })
await run.fail("charge", new Error("no money"))
await run.crash()
await run.advance(60_000)
run.replay()
console.log(JSON.stringify({ status: run.status, result: run.result, never: typeof Never }))
