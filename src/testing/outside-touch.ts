// Outside touch: whether a step function does something to the world outside, as far as its text tells.
// Owns: the reading of one function's text. Must not touch: what follows from it (findings).
//   O1. It errs on the side of silence where a function only computes or reads, and on the side of speaking where it
//       calls out: whoever is accused wrongly says so with `pure` or `idempotent`.

import type { StepFunctionOfTest } from "./instruments.ts"
import { functionsBehind, isHarmlessMock } from "./mocks.ts"
import { callsOut, doesSomething, onlyReads } from "./outside-names.ts"
import { holdsSql, writingText } from "./outside-texts.ts"

const KEYWORDS = new Set(
  "if for while switch catch function return await async typeof import throw yield void of in super do else case delete instanceof const let var new".split(
    " ",
  ),
)

const GLOBALS = new Set(
  "Math JSON Object Array String Number Boolean BigInt Date Symbol RegExp Promise Reflect Intl Error TypeError RangeError console crypto performance setTimeout clearTimeout queueMicrotask structuredClone parseInt parseFloat isNaN isFinite encodeURIComponent decodeURIComponent encodeURI decodeURI btoa atob Uint8Array Map Set WeakMap WeakSet URL URLSearchParams TextEncoder TextDecoder AbortSignal Buffer".split(
    " ",
  ),
)

const LITERALS = new Set("true false null undefined NaN Infinity".split(" "))

/** How bundlers and test runners write what was imported: `(0, module.name)(…)`. */
const MODULE = /^(?:__vi_import_\w*|__vite_ssr_import_\w*|import_\w*|\w+_\d+)$/

/** What of the outside it touches, as it is written there; `undefined` when nothing is seen. */
export function outsideTouch(fn: StepFunctionOfTest): string | undefined {
  return functionsBehind(fn)
    .map(touchOf)
    .find((touch) => touch !== undefined)
}

/** What was read before, since a sweep asks of the same functions again and again. */
const read = new WeakMap<object, string | undefined>()

function touchOf(fn: object): string | undefined {
  // Of a spy of the test runner that counts which was put into it.
  const { getMockImplementation } = fn as { getMockImplementation?: () => unknown }
  const inner = typeof getMockImplementation === "function" ? getMockImplementation.call(fn) : fn
  if (typeof inner !== "function" || isHarmlessMock(inner)) return undefined
  if (!read.has(inner)) {
    read.set(inner, touchIn(Function.prototype.toString.call(inner)) ?? boundTouch(inner.name))
  }
  return read.get(inner)
}

function touchIn(text: string): string | undefined {
  if (text.includes("[native code]")) return undefined
  const code = withoutTexts(text)
  const known = namesWithin(code)
  const touch = changed(code, known) ?? called(code, known) ?? writingText(text)
  // A statement that is prepared elsewhere, and run for what it does.
  return touch ?? (!holdsSql(text) && /\)\s*\.run\(\s*\)/.test(code) ? "run" : undefined)
}

/** Of a method that is bound to its object nothing but the name can be read. */
function boundTouch(name: string): string | undefined {
  const [, method = ""] = /^bound (.+)$/.exec(name) ?? []
  return method === "" || onlyReads(method) ? undefined : method
}

/** Comments gone, texts empty, of templates what stands in `${…}`, and nothing of what counts coverage. */
function withoutTexts(text: string): string {
  return text
    .replaceAll(/cov_\w+\(\)\.[sfb]\[\d+\](?:\[\d+\])?\+\+[;,]?/g, "")
    .replaceAll(/'(?:[^'\\\n]|\\.)*'|"(?:[^"\\\n]|\\.)*"/g, '""')
    .replaceAll(/\/\*[\s\S]*?\*\//g, " ")
    .replaceAll(/(^|[^:\\])\/\/[^\n]*/g, "$1")
    .replaceAll(
      /`(?:[^`\\]|\\.)*`/g,
      (template) =>
        `(${[...template.matchAll(/\$\{([^}]*)\}/g)].map(([, inner]) => inner).join(", ")})`,
    )
}

interface Names {
  /** Parameters and variables of the function and of those inside it. */
  readonly own: ReadonlySet<string>
  /** Those of them that are another name for something outside. */
  readonly aliases: ReadonlySet<string>
  readonly ctx: string
}

function namesWithin(code: string): Names {
  const lists = [
    ...code.matchAll(/(?<!\b(?:if|for|while|switch)\s*)\(([^()]*)\)\s*(?:=>|\{)/g),
    ...code.matchAll(/\b([\w$]+)\s*=>/g),
    ...code.matchAll(/\b(?:const|let|var|class|function\*?)\s+(\{[^}]*\}|\[[^\]]*\]|[\w$]+)/g),
    ...code.matchAll(
      /^(?:async\b\s*)?(?:function\b\s*\*?\s*)?[\w$]*\s*\(([\s\S]*?)\)\s*(?:=>|\{)/g,
    ),
  ]
  const own = new Set(lists.flatMap(([, list = ""]) => namesIn(list)))
  const [, first = ""] = /^(?:async\s*)?(?:function\s*[\w$]*\s*)?\(?\s*([\w$]+)/.exec(code) ?? []
  return { own, aliases: aliasesIn(code, own), ctx: first }
}

/** The names of a list of parameters or of a pattern, without what stands in for those that are missing. */
function namesIn(list: string): readonly string[] {
  return list.replaceAll(/=(?!>)[^,)}\]]*/g, "").match(/[A-Za-z_$][\w$]*/g) ?? []
}

/** `const list = state.list`, `const { db } = app`, `const db = ctx.getDependency("db")` */
function aliasesIn(code: string, own: ReadonlySet<string>): ReadonlySet<string> {
  const aliases = new Set<string>()
  const declared =
    /\b(?:const|let|var)\s+(\{[^}]*\}|[\w$]+)\s*=\s*(?:(this\b|[A-Za-z_$][\w$]*)(?:\??\.[\w$#]+|\[[^\]]*\])*\s*(?=[;\n}]|\?\?)|(?:[\w$]+\s*\.\s*)?getDependency\s*\([^()]*\)\s*(?=[;\n}]))/g
  for (const [, names = "", root] of code.matchAll(declared)) {
    const isOutside =
      root === undefined ||
      aliases.has(root) ||
      !(own.has(root) || KEYWORDS.has(root) || GLOBALS.has(root) || LITERALS.has(root))
    if (isOutside) for (const name of namesIn(names)) aliases.add(name)
  }
  return aliases
}

function changed(code: string, { own, aliases }: Names): string | undefined {
  const chain = String.raw`[A-Za-z_$][\w$]*(?:\??\.[\w$#]+|\[[^\]]*\])*`
  const changes = new RegExp(
    String.raw`(?:\+\+|--)\s*(${chain})|(?<![\w$.])(${chain})\s*(?:\+\+|--|(?:[-+*/%&|^]|\*\*|<<|>>>?|\?\?|\|\||&&)?=(?![=>]))|\b(?:Object\.assign|Object\.defineProperty|Reflect\.set)\(\s*(${chain})`,
    "g",
  )
  for (const [whole, before, behind, inside] of code.matchAll(changes)) {
    const target = before ?? behind ?? inside ?? ""
    const root = rootOf(target)
    // A variable may be given something else; what it is another name for may not.
    const isPart = target !== root || inside !== undefined
    if (own.has(root) ? aliases.has(root) && isPart : !KEYWORDS.has(root)) return whole.trim()
  }
  return undefined
}

function called(code: string, { own, aliases, ctx }: Names): string | undefined {
  const isAsync = /^async\b/.test(code) || /\bawait\b/.test(code)
  const calls =
    /(\.\s*|\bnew\s+)?(?:\(\s*0\s*,\s*)?([A-Za-z_$][\w$]*(?:\s*\??\.\s*[\w$#]+|\[[^\]]*\])*)\)?\s*(?:\?\.)?\(/g
  // What a dependency is, or what it gives, is the outside as well.
  const holdsOutside = new RegExp(
    String.raw`\b${ctx}\s*\.\s*getDependency\b|\bgetDependency\s*[<(]`,
  ).test(code)
  for (const { index, 1: lead = "", 2: chain = "" } of code.matchAll(calls)) {
    if (lead.startsWith("new")) continue
    const parts = chain.split(/\s*\??\.\s*|(?=\[)/)
    if (MODULE.test(parts[0] ?? "") && parts.length > 1) parts.shift()
    const [root = ""] = parts
    const name = parts.at(-1) ?? ""
    if (lead === "" && (KEYWORDS.has(root) || GLOBALS.has(root))) continue
    if (lead === "" && (chain === "fetch" || chain === "globalThis.fetch")) return "fetch"
    if (onlyReads(name) || name === "getDependency") continue
    const before = code.slice(0, index)
    if (lead !== "" || (own.has(root) && !(aliases.has(root) && parts.length > 1))) {
      const isOfObject = lead !== "" || parts.length > 1
      if (holdsOutside && (isOfObject || isTakenFrom(code, name))) return chain
      // Of what a call has given: a client, a connection.
      if (isOfObject && callsOut(name) && (lead !== "" || isWaitedFor(before))) return chain
      continue
    }
    // Of a plain function that is called for nothing it gives, something else must be the use.
    const isStatement = /[;{}]\s*$/.test(before)
    if (parts.length > 1 || isAsync || isStatement || doesSomething(name))
      return parts.join(".").replaceAll(".[", "[")
  }
  return undefined
}

/** `const { insert } = ctx.getDependency("db")` */
function isTakenFrom(code: string, name: string): boolean {
  return [...code.matchAll(/\{([^{}]*)\}\s*=\s*(?:[\w$]+\s*\.\s*)?getDependency\b/g)].some(
    ([, list = ""]) => namesIn(list).includes(name),
  )
}

function isWaitedFor(before: string): boolean {
  return /(?:\bawait|\breturn|=>)\s*$/.test(before)
}

function rootOf(chain: string): string {
  return chain.split(/[.?[]/)[0] ?? ""
}
