// Missing fields: what an order lacks, as opposed to what is wrong in it.
// Owns: the list of what every order must have.

const ITEM_FIELDS = ["sku", "qty", "price"]
const CUSTOMER_FIELDS = ["id", "email"]

/** A body of many incomplete items must not make an answer of many lines. */
const FIELDS_TOLD_MAX = 10

/** Paths of the required fields that are absent, null or empty, at most ten. */
export function missingFields(order: Readonly<Record<string, unknown>>): string[] {
  const { items, customer } = order
  const missing = ["id", "items", "customer"].filter((field) => isMissing(order[field]))
  for (const [index, item] of (Array.isArray(items) ? (items as unknown[]) : []).entries()) {
    if (missing.length >= FIELDS_TOLD_MAX) break
    missing.push(...missingMembers(`items.${index}`, item, ITEM_FIELDS))
  }
  return [...missing, ...missingMembers("customer", customer, CUSTOMER_FIELDS)].slice(
    0,
    FIELDS_TOLD_MAX,
  )
}

/** Of a value that is no object, only its type is wrong, which is not for here to say. */
function missingMembers(path: string, value: unknown, fields: readonly string[]): string[] {
  if (typeof value !== "object" || value === null) return []
  const members = value as Readonly<Record<string, unknown>>
  return fields.filter((field) => isMissing(members[field])).map((field) => `${path}.${field}`)
}

function isMissing(value: unknown): boolean {
  return (
    value === undefined ||
    value === null ||
    value === "" ||
    (Array.isArray(value) && value.length === 0)
  )
}
