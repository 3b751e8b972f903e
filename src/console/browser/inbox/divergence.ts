// Divergence: what the journal says and what the code does now, side by side.
// Owns: reading a halt's details. Must not touch: anything else of the run.

import * as v from "valibot"
import { element, type Child } from "../element.ts"

const SIDE = v.looseObject({
  kind: v.nullish(v.string()),
  name: v.nullish(v.string()),
  type: v.nullish(v.string()),
})

const DETAILS = v.looseObject({
  path: v.string(),
  difference: v.string(),
  expected: SIDE,
  found: v.nullable(SIDE),
})

const EXPECTED = "expected: the journal"
const FOUND = "found: the code now"

type Side = v.InferOutput<typeof SIDE>

/** `undefined` when the details are not a divergence's. */
export function divergenceView(details: unknown): HTMLElement | undefined {
  const read = v.safeParse(DETAILS, details)
  if (!read.success) return undefined
  const { path, difference, expected, found } = read.output
  return element(
    "table",
    { class: "divergence" },
    element(
      "caption",
      {},
      "At path ",
      element("code", {}, path),
      `, the journal and the code differ in: ${difference}`,
    ),
    element(
      "thead",
      {},
      element(
        "tr",
        {},
        element("td"),
        element("th", { scope: "col" }, EXPECTED),
        element("th", { scope: "col" }, FOUND),
      ),
    ),
    element("tbody", {}, row("kind", expected, found), row("name", expected, found)),
  )
}

function row(member: "kind" | "name", expected: Side, found: Side | null): HTMLElement {
  const [one, other] = [expected[member] ?? "", found?.[member] ?? ""]
  const isSame = one === other
  return element(
    "tr",
    { class: isSame ? "same" : "differs" },
    element("th", { scope: "row" }, member),
    cell(EXPECTED, isSame ? undefined : sign("−"), one || none(expected)),
    cell(FOUND, isSame ? undefined : sign("+"), other || none(found)),
  )
}

/** On a phone, where the columns stand below each other, each cell says which one it is of. */
function cell(column: string, ...children: readonly Child[]): HTMLElement {
  return element("td", { "data-column": column }, element("span", {}, ...children))
}

function none(side: Side | null): HTMLElement {
  return element("span", { class: "quiet" }, side === null ? "nothing there" : "none")
}

function sign(text: string): HTMLElement {
  return element("span", { class: "sign", "aria-hidden": "true" }, text)
}
