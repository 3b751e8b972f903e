// Bulk: cancels or retries the chosen runs, after a person has read what that means, and tells what came of each.
// Owns: which statuses a verb is for, the questions, the results. Must not touch: how runs are chosen.
//   B1. Only runs that the verb is for are asked about, and the person is told how many are left out.
//   B2. Each run has its own answer: one refusal stops none of the others.

import { addressOfRun } from "../../place.ts"
import { visibleText } from "../../visible-text.ts"
import { RUN, type Card, type RunStatus } from "../answers.ts"
import { pathTo, type Api } from "../api.ts"
import { confirmed } from "../dialog.ts"
import { button, element } from "../element.ts"
import { labelled } from "../labelled.ts"
import { messageOf } from "../problem.ts"
import { statusBadge, statusWord } from "../status.ts"

interface Verb {
  readonly title: string
  readonly from: readonly RunStatus[]
  /** What happens to each run. */
  readonly means: string
  readonly isDangerous: boolean
}

export const VERBS = {
  cancel: {
    title: "Cancel",
    from: ["running", "suspended", "paused"],
    means:
      "Each is cancelled at the point where it waits; its children are cancelled first, and its cleanup steps run. That cannot be taken back.",
    isDangerous: true,
  },
  retry: {
    title: "Retry",
    from: ["halted", "failed"],
    means:
      "Each forgets the entry at which it failed or halted and goes on from there. What is recorded before it does not run again.",
    isDangerous: false,
  },
} as const satisfies Readonly<Record<string, Verb>>

export type BulkVerb = keyof typeof VERBS

/** So many are asked at once: a server has other work as well. */
const AT_ONCE = 4

export function runsFor(verb: BulkVerb, cards: readonly Card[]): readonly Card[] {
  const from: readonly RunStatus[] = VERBS[verb].from
  return cards.filter(({ status }) => from.includes(status))
}

/** @returns the list of results, growing while it is worked on; `undefined` when the person thought better of it */
export async function performBulk(
  api: Api,
  verb: BulkVerb,
  chosen: readonly Card[],
): Promise<{ readonly panel: HTMLElement; readonly done: Promise<unknown> } | undefined> {
  const { title, means, isDangerous } = VERBS[verb]
  const cards = runsFor(verb, chosen)
  const reason = element("input", { name: "reason", autocomplete: "off", maxlength: 1_000 })
  const left = chosen.length - cards.length
  const ok = await confirmed({
    title: `${title} ${countOf(cards.length)}?`,
    lines: [
      `${countsByStatus(cards)}.${left === 0 ? "" : ` ${countOf(left)} of the chosen ${left === 1 ? "is" : "are"} left out: the status does not allow it.`}`,
      means,
    ],
    fields: [labelled("Reason, kept in the journal (optional)", reason)],
    verb: `${title} ${countOf(cards.length)}`,
    isDangerous,
  })
  if (!ok) return undefined
  const list = element("ul", { class: "results", tabindex: 0, "aria-label": "What came of each" })
  const head = element("p", { role: "status" })
  let good = 0
  let bad = 0
  const tell = () => {
    const waiting = cards.length - good - bad
    head.textContent = `${title}: ${good} done, ${bad} refused${waiting > 0 ? `, ${waiting} to go` : ""}.`
  }
  tell()
  const body = reason.value.trim() === "" ? {} : { reason: reason.value.trim() }
  const one = async ({ id }: Card) => {
    const line = element(
      "li",
      {},
      element("a", { class: "id", href: addressOfRun(id) }, visibleText(id)),
      " ",
    )
    list.append(line)
    try {
      const run = await api.ask(pathTo("v1", "runs", id, verb), RUN, { method: "POST", body })
      line.append(statusBadge(run.status))
      good++
    } catch (error) {
      line.append(element("span", { class: "field-problem" }, messageOf(error)))
      bad++
    }
    tell()
  }
  const panel = element("div", { class: "panel bulk-results" })
  const close = button("×", () => panel.remove(), { class: "close", "aria-label": "Close" })
  panel.append(element("div", { class: "results-head" }, head, close), list)
  return { panel, done: eachOf(cards, one) }
}

async function eachOf<Item>(items: readonly Item[], work: (item: Item) => Promise<void>) {
  const queue = [...items]
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) await work(next)
  }
  await Promise.all(Array.from({ length: AT_ONCE }, worker))
}

function countsByStatus(cards: readonly Card[]): string {
  const counts = Map.groupBy(cards, ({ status }) => status)
  return [...counts].map(([status, list]) => `${list.length} ${statusWord(status)}`).join(", ")
}

export function countOf(count: number): string {
  return count === 1 ? "1 run" : `${count} runs`
}
