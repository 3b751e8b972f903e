// Until answered: asks for what a view cannot do without, again and again while the server is away.
// Owns: the panel that says what is wrong meanwhile, and its button. Must not touch: what is made of the answer.
//   Q1. What may pass is asked again by itself, more and more seldom; what will not, by the button alone.
//   Q2. It answers once: nothing that was drawn from the answer is drawn over.

import { pause, pauseMsAfter, shown } from "./pause.ts"
import { isPassing, messageOf, problemPanel } from "./problem.ts"

const AGAIN_MS = 1_000

/** @returns `undefined` when the signal was aborted before there was an answer */
export async function untilAnswered<Answer>(
  place: HTMLElement,
  signal: AbortSignal,
  ask: () => Promise<Answer>,
): Promise<Answer | undefined> {
  let again = new AbortController()
  let panel: HTMLElement | undefined
  let said = ""
  for (let failures = 0; !signal.aborted; failures++) {
    try {
      return await ask()
    } catch (error) {
      if (signal.aborted) return undefined
      again = new AbortController()
      // The same trouble is not read out anew, and the focus stays on its button.
      if (panel?.parentNode !== place || said !== messageOf(error)) {
        said = messageOf(error)
        panel = problemPanel(error, () => again.abort())
        place.replaceChildren(panel)
      }
      const waitMs = isPassing(error) ? pauseMsAfter(failures, AGAIN_MS) : undefined
      await pause(waitMs, AbortSignal.any([signal, again.signal]))
      if (!again.signal.aborted) await shown(signal)
    }
  }
  return undefined
}
