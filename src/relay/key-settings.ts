// The keys of `BELAY_RELAY_KEYS`: secrets and what each is good for.
// Owns: the form of the variable and the sentence about what is wrong with it. No secret is in any message.
import { U16_MAX, U32_MAX } from "../ledger/integers.ts"
import { SECRET_CHARACTERS_MIN } from "../ledger/limits.ts"
import { KEY_ID_FORM } from "../ledger/signature.ts"
import { isObject } from "../ledger/wire-field.ts"
import { RELAY_OPERATIONS, type RelayOperation } from "../ledger/wire.ts"
import type { KeyGrant, KeyRights } from "./access/key-rights.ts"

const FORM = `JSON {"<keyId>": "<secret>"} or {"<keyId>": {"secret", "operations", "ledgers", "codes", "imported"}}, each secret at least ${SECRET_CHARACTERS_MIN} characters`

const MEMBERS = ["secret", "operations", "ledgers", "codes", "imported"]

/** @throws Error with a message for the operator. */
export function readKeys(text: string | undefined): ReadonlyMap<string, KeyGrant> {
  if (text === undefined) {
    throw new Error(
      `BELAY_RELAY_KEYS is not set, so nobody could ask this relay anything: give ${FORM}.`,
    )
  }
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    // The parser's complaint would quote the secrets.
    throw new Error(`BELAY_RELAY_KEYS is not JSON: expected ${FORM}.`)
  }
  if (!isObject(json)) throw new Error(`BELAY_RELAY_KEYS: expected ${FORM}.`)
  const keys = new Map<string, KeyGrant>()
  for (const [id, value] of Object.entries(json)) {
    if (!KEY_ID_FORM.test(id)) {
      throw new Error(`BELAY_RELAY_KEYS: key id "${id}" may have letters, digits and ". _ -" only.`)
    }
    const grant = readGrant(id, value)
    for (const [otherId, other] of keys) {
      // The id itself is not signed: who has the one would have the other's rights.
      if (other.secret === grant.secret) {
        throw new Error(`BELAY_RELAY_KEYS: "${otherId}" and "${id}" have the same secret.`)
      }
    }
    keys.set(id, grant)
  }
  if (keys.size === 0) throw new Error(`BELAY_RELAY_KEYS has no key: expected ${FORM}.`)
  return keys
}

function readGrant(id: string, value: unknown): KeyGrant {
  const members = isObject(value) ? value : { secret: value }
  for (const name of Object.keys(members)) {
    if (!MEMBERS.includes(name)) {
      throw new Error(
        `BELAY_RELAY_KEYS: key "${id}" has the member "${name}"; there are ${MEMBERS.join(", ")}.`,
      )
    }
  }
  const { secret } = members
  if (typeof secret !== "string" || secret.length < SECRET_CHARACTERS_MIN) {
    throw new Error(`BELAY_RELAY_KEYS: the secret of "${id}" is too short; expected ${FORM}.`)
  }
  return { secret, rights: readRights(id, members) }
}

function readRights(id: string, members: Readonly<Record<string, unknown>>): KeyRights {
  const { imported = false } = members
  if (typeof imported !== "boolean") {
    throw new Error(`BELAY_RELAY_KEYS: "imported" of "${id}": expected true or false.`)
  }
  const operations = readList(id, members, "operations", RELAY_OPERATIONS.join(", "), isOperation)
  const ledgers = readList(id, members, "ledgers", `1..${U32_MAX}`, isWithin(U32_MAX))
  const codes = readList(id, members, "codes", `1..${U16_MAX}`, isWithin(U16_MAX))
  return {
    ...(operations && { operations }),
    ...(ledgers && { ledgers }),
    ...(codes && { codes }),
    imported: imported ? "allowed" : "refused",
  }
}

/** The members of a list; `undefined` when it is left out, which means all there are. */
function readList<Item>(
  id: string,
  members: Readonly<Record<string, unknown>>,
  name: string,
  range: string,
  isItem: (value: unknown) => value is Item,
): ReadonlySet<Item> | undefined {
  const list = members[name]
  if (list === undefined) return undefined
  // An empty list would read like "none" to one and "no restriction" to another.
  if (Array.isArray(list) && list.length > 0 && list.every(isItem)) return new Set(list)
  throw new Error(
    `BELAY_RELAY_KEYS: "${name}" of "${id}": expected a list of at least one of ${range}; leave it out to allow all.`,
  )
}

function isOperation(value: unknown): value is RelayOperation {
  return RELAY_OPERATIONS.some((operation) => operation === value)
}

function isWithin(max: number): (value: unknown) => value is number {
  return (value): value is number =>
    typeof value === "number" && Number.isInteger(value) && value >= 1 && value <= max
}
