// Halted: the operator's inbox: runs that stand still until a person looks, the oldest first.

import type { RunCard } from "../../client/index.ts"
import type { Call, Command } from "../command.ts"
import type { Screen } from "../screen.ts"
import { adviceFor, verbsFor } from "../status.ts"
import { columnsOf, duration, instant, oneLine, safeJson, safeLines } from "../text.ts"

const GAP = "  "

export const HALTED: Command = {
  name: "halted",
  arguments: "",
  summary: "runs that a person must look at, the oldest first, with what can be done",
  options: { workflow: { value: "NAME", text: "of this workflow" } },
  run: halted,
}

async function halted({ client, screen, given, signal }: Call): Promise<void> {
  const workflow = given.text("workflow")
  const cards = client.list({ workflow, status: "halted", order: "oldest", limit: 200, signal })
  let count = 0
  for await (const card of cards) {
    if (screen.isJson) await screen.write(`${count === 0 ? '{"runs": [' : ","}\n  ${jsonOf(card)}`)
    else await print(screen, card, count)
    count++
  }
  if (screen.isJson) return screen.line(count === 0 ? '{"runs": []}' : "\n]}")
  if (count === 0) screen.note("No run is halted.")
}

function jsonOf(card: RunCard): string {
  const advice = adviceFor(card.problem?.code ?? "")
  return safeJson({ ...card, verbs: verbsFor("halted"), advice })
}

async function print(screen: Screen, card: RunCard, before: number): Promise<void> {
  const { id, workflow, version, changedAt, problem } = card
  const sinceMs = Date.now() - Date.parse(changedAt)
  const code = problem?.code ?? "unknown"
  if (before > 0) await screen.line()
  const head = [
    screen.paint(oneLine(id), "bold"),
    screen.paint(code, "red"),
    `${oneLine(workflow)} v${version}`,
    `since ${instant(changedAt)}, ${duration(sinceMs)}`,
  ]
  const plain = [oneLine(id), code, ...head.slice(2)]
  const isWide = columnsOf(plain.join(GAP)) > (screen.terminalWidth ?? Infinity)
  await screen.line(isWide ? head.slice(0, 2).join(GAP) : head.join(GAP))
  if (isWide) await screen.wrapped(head.slice(2).join(GAP), undefined, GAP)
  for (const line of safeLines(problem?.message ?? "")) await screen.wrapped(line, undefined, GAP)
  await screen.wrapped(adviceFor(code), "dim", GAP)
}
