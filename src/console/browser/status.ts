// Status: how the state of a run or an entry looks: a shape, a word and a colour.
// Owns: the shapes. Colours stand in the style, by the class `s-<status>`.
//   C1. Never colour alone: each status has a shape of its own, and its word.

import { drawing, element } from "./element.ts"

/** Lines in a field of 16 by 16. */
const SHAPES: Readonly<Record<string, string>> = {
  running: "M8 1.8a6.2 6.2 0 1 1-5.4 3.1",
  suspended: "M8 1.8a6.2 6.2 0 1 0 0 12.4a6.2 6.2 0 1 0 0-12.4M8 4.6V8l2.4 1.6",
  paused: "M5.4 3.2v9.6M10.6 3.2v9.6",
  halted: "M5.2 1.6h5.6l3.6 3.6v5.6l-3.6 3.6H5.2l-3.6-3.6V5.2ZM8 4.6v4M8 11.2v.4",
  completed: "M2.4 8.6l3.6 3.8 7.6-8.8",
  failed: "M3.2 3.2l9.6 9.6M12.8 3.2l-9.6 9.6",
  cancelled: "M8 1.8a6.2 6.2 0 1 0 0 12.4a6.2 6.2 0 1 0 0-12.4M4.4 8h7.2",
  timed_out: "M3.4 1.8h9.2M3.4 14.2h9.2M4.6 1.8c0 4 6.8 8.4 6.8 12.4M11.4 1.8c0 4-6.8 8.4-6.8 12.4",
}

/** An entry's states that are no status of a run. */
const SAME_AS: Readonly<Record<string, string>> = { started: "running", waiting: "suspended" }

export function statusWord(status: string): string {
  return status.replaceAll("_", " ")
}

export function statusShape(status: string): SVGSVGElement {
  const shape = SAME_AS[status] ?? status
  return drawing("0 0 16 16", SHAPES[shape] ?? "M8 7.6v.8", `shape shape-${shape}`)
}

export function statusBadge(status: string): HTMLElement {
  return element(
    "span",
    { class: `status s-${SAME_AS[status] ?? status}` },
    statusShape(status),
    statusWord(status),
  )
}
