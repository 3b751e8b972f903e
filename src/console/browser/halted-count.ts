// Halted count: how many runs wait for a person, beside the inbox in the navigation.
// Owns: the number. Must not touch: the inbox.

import { STATS } from "./answers.ts"
import { ApiError, type Api } from "./api.ts"
import { element } from "./element.ts"
import { repeatWhileVisible } from "./pause.ts"

const POLL_MS = 10_000

/** @param link the inbox's */
export function showHaltedCount(link: Element, api: Api): void {
  const { signal } = new AbortController()
  const badge = element("span", { class: "count", hidden: true })
  link.append(badge)
  void repeatWhileVisible(POLL_MS, signal, async () => {
    try {
      const { statuses } = await api.ask("/v1/stats", STATS, { signal })
      const halted = statuses["halted"] ?? 0
      badge.hidden = halted === 0
      badge.replaceChildren(String(halted), element("span", { class: "unseen" }, " halted"))
      return true
    } catch (error) {
      // A view says what is wrong; here there is only nothing to count.
      badge.hidden = true
      return !(error instanceof ApiError)
    }
  })
}
