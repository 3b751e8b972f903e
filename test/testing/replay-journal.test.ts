// Replay journal: exported runs from a path, a URL or a text, on the code they were recorded with and on other code.
import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { describe, expect, test } from "vitest"
import type { Context, StepContext } from "../../src/engine/index.ts"
import {
  checkDeterminism,
  replayJournal,
  ReplayError,
  runWorkflow,
} from "../../src/testing/index.ts"

const url = new URL("../journals/money-transfer.completed.jsonl", import.meta.url)

const debitSource = async (_: StepContext, transfer: object) => ({ type: "debited", transfer })
const creditTarget = async (_: StepContext, transfer: object) => transfer

/** What the recorded run did, in short. */
function* transferMoney(ctx: Context, transfer: object) {
  yield* ctx.run(debitSource, transfer)
  yield* ctx.publish("transfer", { ...transfer, status: "debited" })
  yield* ctx.run(creditTarget, transfer)
  const committed = { ...transfer, status: "committed" }
  yield* ctx.publish("transfer", committed)
  return committed
}

function* changed(ctx: Context, transfer: object) {
  yield* ctx.run(creditTarget, transfer)
}

describe("where the recording comes from", () => {
  test.each([
    ["a path", fileURLToPath(url)],
    ["a URL", url],
    ["a URL as text", url.href],
    ["the text", readFileSync(url, "utf8")],
  ])("%s", async (_, source) => {
    expect(await replayJournal(source, transferMoney)).toMatchObject({
      ok: true,
      workflow: "transferMoney",
      version: 1,
      status: "completed",
      next: { type: "ends" },
      message: "The code fits; where the journal ends it ends completed.",
    })
  })

  test("a run in the middle says what comes next", async () => {
    const crediting = new URL("../journals/money-transfer.crediting.jsonl", import.meta.url)
    const { status, next } = await replayJournal(crediting, transferMoney)
    expect(status).not.toBe("completed")
    expect(next.type).not.toBe("ends")
  })

  test("no file, half a file", async () => {
    await expect(replayJournal("no/such/file.jsonl", transferMoney)).rejects.toThrow("ENOENT")
    const half = readFileSync(url, "utf8").split("\n").slice(0, 4).join("\n")
    await expect(replayJournal(half, transferMoney)).rejects.toThrow("so it was cut")
  })
})

describe("which code", () => {
  test("other code: the error has the difference", async () => {
    const error: unknown = await replayJournal(url, changed).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(ReplayError)
    expect(error).toMatchObject({
      path: "0",
      expected: { kind: "step", name: "debitSource" },
      found: { kind: "step", name: "creditTarget" },
      halt: { code: "divergence" },
      message: expect.stringMatching(
        /^Run ".*" of workflow "transferMoney", version 1: The code diverges\./,
      ),
    })
  })

  test("several by list or by name, one that is missing, another version", async () => {
    expect((await replayJournal(url, [changed, transferMoney])).ok).toBe(true)
    expect((await replayJournal(url, { transferMoney, changed })).ok).toBe(true)
    await expect(replayJournal(url, { transferMoney: changed })).rejects.toThrow("diverges")
    await expect(replayJournal(url, { changed })).rejects.toThrow('Workflow "transferMoney"')
    expect((await replayJournal(url, transferMoney, { version: 2 })).ok).toBe(true)
  })

  test("children and what the body depends on", async () => {
    function* ship(_: Context, id: string) {
      return id
    }
    function* order(ctx: Context) {
      const { region } = ctx.getDependency<{ region: string }>("place")
      return yield* ctx.rpc(ship, region)
    }
    const options = { dependencies: { place: { region: "north" } } }
    const { exported } = await runWorkflow(order, [], options)
    expect((await replayJournal(exported, order, options)).ok).toBe(true)
    expect((await checkDeterminism(order, [], options)).ok).toBe(true)
    const elsewhere = { dependencies: { place: { region: "south" } } }
    await expect(replayJournal(exported, order, elsewhere)).rejects.toThrow("input")
    const children = { parcel: ship }
    const named = await runWorkflow(order, [], { ...options, children })
    expect((await checkDeterminism(order, [], { ...options, children })).ok).toBe(true)
    await expect(replayJournal(named.exported, order, options)).rejects.toThrow("child parcel")
    expect((await replayJournal(named.exported, order, { ...options, children })).ok).toBe(true)
  })
})
