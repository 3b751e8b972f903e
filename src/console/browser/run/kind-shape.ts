// Kind shape: a small drawing for each kind of entry; its word stands beside it.

import { drawing } from "../element.ts"

/** Lines in a field of 16 by 16. */
const SHAPES: Readonly<Record<string, string>> = {
  step: "M3.5 3.5h9v9h-9Z",
  timer: "M8 2.2a5.8 5.8 0 1 0 0 11.6a5.8 5.8 0 1 0 0-11.6M8 5v3l2 1.4",
  signal: "M3 8h8.4M8.4 4.6L11.8 8l-3.4 3.4M13.6 3v10",
  update: "M3 5.6h9.2M9.8 3l2.6 2.6L9.8 8.2M13 10.6H3.8M6.2 8.2l-2.6 2.4 2.6 2.6",
  promise: "M8 2.2L13.8 8L8 13.8L2.2 8Z",
  child: "M4 2.4v6.2a3 3 0 0 0 3 3h5.4M9.8 9l2.8 2.6-2.8 2.6",
  race: "M3 4h10M3 8h6M3 12h8",
  all: "M5 2.6H3v10.8h2M11 2.6h2v10.8h-2",
  any: "M5 2.6H3v10.8h2M11 2.6h2v10.8h-2M8 7.9v.2",
  publish: "M8 13.6V6.4M5.2 9L8 6.2L10.8 9M3 3h10",
  operator:
    "M8 2.4a2.6 2.6 0 1 0 0 5.2a2.6 2.6 0 1 0 0-5.2M3.2 13.6c.4-3 2.2-4.2 4.8-4.2s4.4 1.200 4.8 4.2",
}

export function kindShape(kind: string): SVGSVGElement {
  return drawing("0 0 16 16", SHAPES[kind] ?? "M8 7.6v.8", "shape kind")
}
