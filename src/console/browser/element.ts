// Element: makes elements of the page.
// Owns: the one way to make them. Must not touch: markup; every text is a text node.

export type Child = Node | string | undefined

interface Settings {
  readonly class?: string
  readonly on?: Readonly<Partial<Record<keyof HTMLElementEventMap, (event: Event) => void>>>
  /** Attributes; `true` sets an empty one, `false` and `undefined` set none. */
  readonly [attribute: string]: unknown
}

/** `element("a", { href: "/" }, "Runs")` */
export function element<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  settings: Settings = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name)
  for (const [key, value] of Object.entries(settings)) {
    if (key === "on") listen(made, value as NonNullable<Settings["on"]>)
    else if (value === true) made.setAttribute(key, "")
    else if (typeof value === "string" || typeof value === "number")
      made.setAttribute(key, String(value))
  }
  made.append(...children.filter((child) => child !== undefined))
  return made
}

function listen(target: HTMLElement, handlers: NonNullable<Settings["on"]>): void {
  for (const [event, handler] of Object.entries(handlers)) target.addEventListener(event, handler)
}

/** A button that sends nothing by itself. */
export function button(label: string, onClick: () => void, settings: Settings = {}) {
  return element("button", { type: "button", ...settings, on: { click: onClick } }, label)
}

/** Text changes only when it differs: a selection in it stays, and nobody is told twice. */
export function setText(target: Node, text: string): void {
  if (target.textContent !== text) target.textContent = text
}

const SVG = "http://www.w3.org/2000/svg"

/** A small drawing that says nothing to a screen reader: what it means stands beside it in words. */
export function drawing(viewBox: string, path: string, className: string): SVGSVGElement {
  const made = document.createElementNS(SVG, "svg")
  made.setAttribute("viewBox", viewBox)
  made.setAttribute("class", className)
  made.setAttribute("aria-hidden", "true")
  const line = document.createElementNS(SVG, "path")
  line.setAttribute("d", path)
  made.append(line)
  return made
}
