// Outside texts: what the texts inside a function tell: a statement that writes, a request that is no reading.
// Owns: SQL and HTTP as they stand in literals. Must not touch: the code around them (outside-touch.ts).

const LITERAL = /'((?:[^'\\\n]|\\.)*)'|"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\]|\\.)*)`/g

const SQL = /^\s*(?:select|with|insert|replace|update|delete|merge|upsert)\s/i

/** A second time is the same as once. */
const WRITES_ONCE = /\bor\s+(?:ignore|replace)\b|\bon\s+(?:conflict|duplicate)\b/i

/** `set balance = balance - ?` */
const COUNTS_ON = /\b([a-z_]\w*)["\]]?\s*=\s*["[]?\1\b/i

const METHOD = /\bmethod\s*:\s*["'`](post|put|patch|delete)["'`]/i

/** The beginning of what writes, as it stands there; `undefined` when no text does. */
export function writingText(text: string): string | undefined {
  const statement = literalsOf(text).find(writes)
  if (statement !== undefined) return statement.trim().split(/\s+/).slice(0, 3).join(" ")
  return METHOD.exec(text)?.[0]
}

export function holdsSql(text: string): boolean {
  return literalsOf(text).some((literal) => SQL.test(literal))
}

function writes(literal: string): boolean {
  if (!SQL.test(literal)) return false
  if (/^\s*insert\s+into\b/i.test(literal)) return !WRITES_ONCE.test(literal)
  return /^\s*update\b/i.test(literal) && COUNTS_ON.test(literal)
}

function literalsOf(text: string): readonly string[] {
  return [...text.matchAll(LITERAL)].map(
    ([, single, double, template]) => single ?? double ?? template ?? "",
  )
}
