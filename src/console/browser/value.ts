// Value: a JSON value as one reads it: by type, folded where it is large.
// Owns: how values look. Must not touch: what they mean.
//   S1. A value is text, never markup.
//   F1. What is folded is made when it is opened: a value of a megabyte costs what is seen of it.

import { element, type Child } from "./element.ts"

/** A list or object whose text is longer is folded. */
const OPEN_CHARACTERS_MAX = 400

/** A list or object of plain values with a text up to this stands in one line. */
const ONE_LINE_CHARACTERS_MAX = 72

/** Members of one list or object that are made at once; the rest is behind a button. */
const MEMBERS_AT_ONCE = 100

/** Of a text; the rest is behind a button. */
const TEXT_CHARACTERS_MAX = 2_000

export function valueView(value: unknown): HTMLElement {
  if (Array.isArray(value)) {
    const members = value.map((member, index) => [String(index), member] as const)
    return composite("[", "]", counted(value.length, "item"), members, value)
  }
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value)
    return composite("{", "}", counted(members.length, "member"), members, value)
  }
  return element("span", { class: "value" }, ...plain(value))
}

/** One line that says what a value is, for a table. */
export function valueLine(value: unknown, charactersMax = 120): string {
  if (value === undefined) return ""
  const text = JSON.stringify(value)
  return text.length > charactersMax ? `${text.slice(0, charactersMax)}…` : text
}

function plain(value: unknown): Child[] {
  if (typeof value === "string") {
    if (value.length <= TEXT_CHARACTERS_MAX) return [leaf("text", JSON.stringify(value))]
    const more = element(
      "button",
      { type: "button", class: "link" },
      `all ${value.length} characters`,
    )
    const shown = leaf("text", `${JSON.stringify(value.slice(0, TEXT_CHARACTERS_MAX))}… `)
    more.addEventListener("click", () => {
      shown.textContent = JSON.stringify(value)
      more.remove()
    })
    return [shown, more]
  }
  if (value === undefined) return [leaf("none", "nothing")]
  return [leaf(value === null ? "none" : typeof value, JSON.stringify(value))]
}

function leaf(kind: string, text: string): HTMLElement {
  return element("span", { class: `v-${kind}` }, text)
}

type Members = readonly (readonly [string, unknown])[]

function composite(
  open: string,
  close: string,
  size: string,
  members: Members,
  whole: object,
): HTMLElement {
  if (members.length === 0) return element("span", { class: "value" }, `${open}${close}`)
  const line = valueLine(whole, OPEN_CHARACTERS_MAX)
  if (line.length <= ONE_LINE_CHARACTERS_MAX && members.every(([, member]) => isPlain(member)))
    return oneLine(open, close, members, Array.isArray(whole))
  const made = element(
    "details",
    { class: "value" },
    element("summary", {}, `${open} `, element("span", { class: "quiet" }, size), ` ${close}`),
  )
  let isMade = false
  const make = () => {
    if (!made.open || isMade) return
    isMade = true
    made.append(memberList(members, Array.isArray(whole)))
  }
  made.addEventListener("toggle", make)
  made.open = !line.endsWith("…")
  make()
  return made
}

function isPlain(value: unknown): boolean {
  return typeof value !== "object" || value === null
}

/** Small things are read at a glance. */
function oneLine(open: string, close: string, members: Members, isList: boolean): HTMLElement {
  const made = element("span", { class: "value" }, open)
  for (const [index, [name, member]] of members.entries()) {
    if (index > 0) made.append(", ")
    if (!isList) made.append(element("span", { class: "v-key" }, name), ": ")
    made.append(...plain(member).filter((child) => child !== undefined))
  }
  made.append(close)
  return made
}

function counted(count: number, noun: string): string {
  return count === 1 ? `1 ${noun}` : `${count} ${noun}s`
}

function memberList(members: Members, isList: boolean): HTMLElement {
  const list = element("ul")
  let shown = 0
  const more = element("button", { type: "button", class: "link" })
  const showMore = () => {
    const next = members.slice(shown, shown + MEMBERS_AT_ONCE)
    shown += next.length
    more.before(...next.map(([name, member]) => memberLine(name, member, isList)))
    more.textContent = `${members.length - shown} more`
    if (shown === members.length) more.remove()
  }
  list.append(more)
  more.addEventListener("click", showMore)
  showMore()
  return list
}

function memberLine(name: string, member: unknown, isList: boolean): HTMLElement {
  return element(
    "li",
    {},
    element("span", { class: isList ? "v-index" : "v-key" }, name),
    ": ",
    valueView(member),
  )
}
