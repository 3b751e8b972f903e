// The relay's wire once more, slow and obvious: what the real one is held against.
// Owns: the fields and their rules, written down a second time on purpose. Shares no code with the real one.

export type Kind = "u128" | "u64" | "u32" | "ledger" | "code" | readonly string[]
export type Form = Readonly<Record<string, Kind>>

const ACCOUNT_FLAGS = [
  "linked",
  "debits_must_not_exceed_credits",
  "credits_must_not_exceed_debits",
  "history",
  "imported",
  "closed",
]

const TRANSFER_FLAGS = [
  "linked",
  "pending",
  "post_pending_transfer",
  "void_pending_transfer",
  "balancing_debit",
  "balancing_credit",
  "closing_debit",
  "closing_credit",
  "imported",
]

export const ACCOUNT: Form = {
  id: "u128",
  debits_pending: "u128",
  debits_posted: "u128",
  credits_pending: "u128",
  credits_posted: "u128",
  user_data_128: "u128",
  user_data_64: "u64",
  user_data_32: "u32",
  ledger: "ledger",
  code: "code",
  flags: ACCOUNT_FLAGS,
  timestamp: "u64",
}

export const ACCOUNT_REQUEST: Form = { ...ACCOUNT, reserved: "u32" }

export const TRANSFER: Form = {
  id: "u128",
  debit_account_id: "u128",
  credit_account_id: "u128",
  amount: "u128",
  pending_id: "u128",
  user_data_128: "u128",
  user_data_64: "u64",
  user_data_32: "u32",
  timeout: "u32",
  ledger: "ledger",
  code: "code",
  flags: TRANSFER_FLAGS,
  timestamp: "u64",
}

export const QUERY_FILTER: Form = {
  user_data_128: "u128",
  user_data_64: "u64",
  user_data_32: "u32",
  ledger: "ledger",
  code: "code",
  timestamp_min: "u64",
  timestamp_max: "u64",
  limit: "u32",
  flags: ["reversed"],
}

const DECIMAL_MAX = { u128: 2n ** 128n - 1n, u64: 2n ** 64n - 1n }
const INTEGER_MAX = { u32: 2 ** 32 - 1, ledger: 2 ** 32 - 1, code: 2 ** 16 - 1 }

/** What was read, or the words of the refusal. */
export type Reading = { readonly value: unknown } | { readonly refused: string }

/** The list under `name`, each entry of this form. */
export function referenceList(
  body: unknown,
  name: string,
  form: Form,
  missing: "zero" | "refused",
): Reading {
  if (!isObject(body)) return { refused: `body: expected object with ${name}, got ${show(body)}` }
  const other = Object.keys(body).find((key) => key !== name)
  if (other !== undefined) {
    return { refused: `body: expected no other fields than ${name}, got ${show(other)}` }
  }
  const items = Object.hasOwn(body, name) ? body[name] : undefined
  if (!Array.isArray(items)) return { refused: `${name}: expected array, got ${show(items)}` }
  const values: unknown[] = []
  for (const [index, item] of (items as unknown[]).entries()) {
    const reading = referenceRecord(item, `${name}[${index}]`, form, missing)
    if ("refused" in reading) return reading
    values.push(reading.value)
  }
  return { value: values }
}

export function referenceRecord(
  source: unknown,
  path: string,
  form: Form,
  missing: "zero" | "refused",
): Reading {
  const names = Object.keys(form)
  if (!isObject(source)) {
    return { refused: `${path}: expected object with ${names.join(", ")}, got ${show(source)}` }
  }
  const found = new Map<string, unknown>()
  for (const [name, given] of Object.entries(source)) {
    const kind = names.includes(name) ? form[name] : undefined
    if (kind === undefined) {
      const rule = `no other fields than ${names.join(", ")}`
      return { refused: `${path}: expected ${rule}, got ${show(name)}` }
    }
    const reading = referenceField(given, `${path}.${name}`, kind)
    if ("refused" in reading) return reading
    found.set(name, reading.value)
  }
  const record: Record<string, unknown> = {}
  for (const name of names) {
    const kind = form[name] ?? "u128"
    if (!found.has(name) && missing === "refused") {
      return referenceField(undefined, `${path}.${name}`, kind)
    }
    record[name] = found.get(name) ?? (kind === "u128" || kind === "u64" ? 0n : 0)
  }
  return { value: record }
}

function referenceField(given: unknown, path: string, kind: Kind): Reading {
  if (typeof kind !== "string") return referenceFlags(given, path, kind)
  if (kind === "u128" || kind === "u64") {
    const max = DECIMAL_MAX[kind]
    const isDecimal = typeof given === "string" && /^(0|[1-9][0-9]*)$/.test(given)
    if (isDecimal && given.length < 1_000 && BigInt(given) <= max) return { value: BigInt(given) }
    return { refused: `${path}: expected decimal string 0..${max}, got ${show(given)}` }
  }
  const max = INTEGER_MAX[kind]
  const isInteger = Number.isInteger(given) && !Object.is(given, -0)
  if (isInteger && Number(given) >= 0 && Number(given) <= max) return { value: given }
  const min = kind === "u32" ? 0 : 1
  return { refused: `${path}: expected integer ${min}..${max}, got ${show(given)}` }
}

function referenceFlags(given: unknown, path: string, names: readonly string[]): Reading {
  if (!Array.isArray(given)) return { refused: `${path}: expected array, got ${show(given)}` }
  let flags = 0
  for (const [index, name] of (given as unknown[]).entries()) {
    const bit = names.findIndex((known) => known === name)
    const rule = bit < 0 ? `one of ${names.join(", ")}` : "each flag once"
    if (bit < 0 || (given as unknown[]).indexOf(name) < index) {
      return { refused: `${path}[${index}]: expected ${rule}, got ${show(name)}` }
    }
    flags += 2 ** bit
  }
  return { value: flags }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value)
}

function show(value: unknown): string {
  if (value === undefined) return "nothing"
  if (Array.isArray(value)) return "an array"
  if (isObject(value)) return "an object"
  const text = Object.is(value, -0) ? "-0" : JSON.stringify(value)
  return text.length > 60 ? `${text.slice(0, 60)}…` : text
}
