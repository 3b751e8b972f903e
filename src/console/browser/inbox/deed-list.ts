// Deed list: what people have done with a run, by whom and why.

import * as v from "valibot"
import type { Entry } from "../answers.ts"
import { element } from "../element.ts"
import { timeElement } from "../time.ts"

const NOTE = v.looseObject({ by: v.optional(v.string()), reason: v.optional(v.string()) })

export function deedList(deeds: readonly Entry[]): HTMLElement {
  if (deeds.length === 0)
    return element("p", { class: "quiet" }, "Nobody has done anything with it yet.")
  return element("ul", { class: "deeds" }, ...deeds.map(deedLine))
}

function deedLine({ name = "", path, value, createdAt }: Entry): HTMLElement {
  const read = v.safeParse(NOTE, value)
  const { by, reason } = read.success ? read.output : {}
  return element(
    "li",
    {},
    timeElement(createdAt),
    " ",
    element("strong", {}, name),
    path === "" ? undefined : element("span", {}, " at ", element("code", {}, path)),
    by === undefined ? undefined : ` by ${by}`,
    reason === undefined ? undefined : element("q", {}, reason),
  )
}
