// Messages: short news at the edge of the page, also read out.
// Owns: the live region and how long a message stays. Must not touch: what it says.
//   N1. Bad news stays until it is closed; good news goes by itself, and not while it is pointed at.
//   N2. Of good news the newest stands alone: what was said before it is old. The same bad news stands once.

import { button, element } from "./element.ts"

const STAYS_MS = 6_000

export function say(region: HTMLElement, text: string, kind: "good" | "bad" = "good"): void {
  const isOld = (each: Element) =>
    kind === "good" ? each.matches(".good") : each.firstChild?.textContent === text
  for (const each of region.querySelectorAll(".message")) if (isOld(each)) each.remove()
  const message = element("p", { class: `message ${kind}` }, text, " ")
  message.append(button("×", () => message.remove(), { "aria-label": "Close", class: "close" }))
  region.append(message)
  if (kind === "bad") return
  const leave = () =>
    message.matches(":hover") ? void setTimeout(leave, STAYS_MS) : message.remove()
  setTimeout(leave, STAYS_MS)
}
