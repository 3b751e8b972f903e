// Relays: whether the ledger can be reached, as the Worker sees it.
// Owns: the panel and how often it asks.

import * as v from "valibot"
import { ApiError, type Api } from "../api.ts"
import { element } from "../element.ts"
import { repeatWhileVisible } from "../pause.ts"
import { problemPanel } from "../problem.ts"
import { statusShape } from "../status.ts"

const POLL_MS = 5_000

const HEALTH = v.looseObject({
  ready: v.boolean(),
  relays: v.array(
    v.looseObject({
      relay: v.number(),
      ready: v.boolean(),
      answeredInMs: v.number(),
      ledger: v.optional(v.string()),
      inFlight: v.optional(v.number()),
      problem: v.optional(v.string()),
    }),
  ),
})

type Relay = v.InferOutput<typeof HEALTH>["relays"][number]

export function relaysPanel(api: Api, signal: AbortSignal): HTMLElement {
  const list = element("ul", { class: "relays" })
  const load = async (): Promise<boolean> => {
    try {
      const { relays } = await api.ask("/ledger/health", HEALTH, { signal })
      list.replaceChildren(...relays.map(relayLine))
      return true
    } catch (error) {
      if (!signal.aborted)
        list.replaceChildren(
          element(
            "li",
            {},
            trouble(error, () => void load()),
          ),
        )
      return false
    }
  }
  void repeatWhileVisible(POLL_MS, signal, load)
  return list
}

function relayLine({ relay, ready, answeredInMs, ledger, inFlight, problem }: Relay): HTMLElement {
  const facts = [
    ledger === undefined ? undefined : `${ledger} ledger`,
    inFlight === undefined ? undefined : `${inFlight} calls in flight`,
    `answered in ${answeredInMs} ms`,
  ]
  return element(
    "li",
    { class: "panel relay" },
    element(
      "span",
      { class: `status s-${ready ? "completed" : "failed"}` },
      statusShape(ready ? "completed" : "failed"),
      `relay ${relay}: ${ready ? "ready" : "not ready"}`,
    ),
    element("span", { class: "quiet" }, facts.filter(Boolean).join(" · ")),
    problem === undefined ? undefined : element("p", { class: "field-problem" }, problem),
  )
}

function trouble(error: unknown, again: () => void): HTMLElement {
  if (error instanceof ApiError && error.code === "route_unknown") {
    return element(
      "p",
      { class: "panel" },
      "This Worker has no ledger: it mounts no route that watches one.",
    )
  }
  return problemPanel(error, again)
}
