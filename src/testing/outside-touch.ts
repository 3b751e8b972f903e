// Outside touch: whether a step function does something to the world outside, as far as its text tells.
// Owns: the reading of one function's text. Must not touch: what follows from it (findings).
//   O1. It errs on the side of silence where a function only computes or reads, and on the side of speaking where it
//       calls out: whoever is accused wrongly says so with `pure` or `idempotent`.

import type { StepFunctionOfTest } from "./instruments.ts"
import { functionsBehind, isHarmlessMock } from "./mocks.ts"

/** Names of what only reads or computes: `get`, `findUser`, `toString`. */
const READING =
  /^(?:get|has|is|can|find|list|read|load|look|lookUp|lookup|peek|parse|safeParse|select|count|exists?|to|of|from|map|flatMap|filter|reduce|some|every|slice|split|join|concat|trim|at|keys|values|entries|includes|indexOf|indexBy|match|test|exec|format|round|floor|min|max|sort|toSorted|flat|forEach|then|catch|finally|bind|wait|sleep|delay|pause|expect|assert|check|validate|verify|ensure|invariant|require|compute|calculate|total|sum|price|quote|digest|hash|encode|decode|stringify|replace|replaceAll|substring|startsWith|endsWith|describe|log|debug|info|warn|all|allSettled|query|search|fetch|prepare|first)(?![a-z])|(?:Of|For|From)$/

/** Names of what does something, when a plain function calls a helper. */
const DOING =
  /^(?:send|charge|pay|push|post|put|emit|write|save|store|insert|upsert|update|delete|remove|create|record|notify|publish|book|reserve|ship|debit|credit|transfer|refund|deliver|email|mail|add|increment|append|enqueue|submit|order|buy|withdraw|deposit|touch|effect|call|track|bump|mark)(?![a-z])/

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
  if (!read.has(inner)) read.set(inner, touchIn(Function.prototype.toString.call(inner)))
  return read.get(inner)
}

function touchIn(text: string): string | undefined {
  if (text.includes("[native code]")) return undefined
  const code = withoutTexts(text)
  const known = namesWithin(code)
  return changed(code, known) ?? called(code, known)
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

/** Parameters and variables of the function and of those inside it. */
function namesWithin(code: string): { readonly own: ReadonlySet<string>; readonly ctx: string } {
  const lists = [
    ...code.matchAll(/\(([^()]*)\)\s*(?:=>|\{)/g),
    ...code.matchAll(/\b([\w$]+)\s*=>/g),
    ...code.matchAll(/\b(?:const|let|var|class|function\*?)\s+(\{[^}]*\}|\[[^\]]*\]|[\w$]+)/g),
    ...code.matchAll(/^[^(]*?\(([\s\S]*?)\)\s*(?:=>|\{)/g),
  ]
  const own = new Set(lists.flatMap(([, list = ""]) => list.match(/[A-Za-z_$][\w$]*/g) ?? []))
  const [, first = ""] = /^(?:async\s*)?(?:function\s*[\w$]*\s*)?\(?\s*([\w$]+)/.exec(code) ?? []
  return { own, ctx: first }
}

type Names = ReturnType<typeof namesWithin>

function changed(code: string, { own }: Names): string | undefined {
  const chain = String.raw`[A-Za-z_$][\w$]*(?:\??\.[\w$#]+|\[[^\]]*\])*`
  const changes = new RegExp(
    String.raw`(?:\+\+|--)\s*(${chain})|(?<![\w$.])(${chain})\s*(?:\+\+|--|(?:[-+*/%&|^]|\*\*|<<|>>>?|\?\?|\|\||&&)?=(?![=>]))`,
    "g",
  )
  for (const [whole, before, behind] of code.matchAll(changes)) {
    const target = before ?? behind ?? ""
    if (!own.has(rootOf(target)) && !KEYWORDS.has(rootOf(target))) return whole.trim()
  }
  return undefined
}

function called(code: string, { own, ctx }: Names): string | undefined {
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
    if (READING.test(name) || name === "getDependency") continue
    const isOfItsOwn = lead !== "" || own.has(root)
    if (isOfItsOwn) {
      if (holdsOutside && (lead !== "" || parts.length > 1)) return chain
      continue
    }
    // Of a plain function that is called for nothing it gives, something else must be the use.
    const isStatement = /[;{}]\s*$/.test(code.slice(0, index))
    if (parts.length > 1 || isAsync || isStatement || DOING.test(name))
      return parts.join(".").replaceAll(".[", "[")
  }
  return undefined
}

function rootOf(chain: string): string {
  return chain.split(/[.?[]/)[0] ?? ""
}
