// The input of order fulfilment.
// Owns: what an order is, by whichever door it comes, and its total.

import * as v from "valibot"
import { nameField, runIdPartField, wholeNumberField } from "../fields.ts"

/** The workflow's registered name. */
export const WORKFLOW = "processOrder"

/** What an order's run id begins with; the order's id follows. */
export const RUN_ID_PREFIX = "order/"

/** Longest address mail servers accept, in bytes. */
const EMAIL_BYTES_MAX = 254

const itemSchema = v.looseObject({
  sku: nameField(),
  qty: wholeNumberField(1),
  /** Minor units for one piece. */
  price: wholeNumberField(0),
})

/** Members beyond these are kept with the order and mean nothing here. */
export const orderSchema = v.pipe(
  v.looseObject({
    id: runIdPartField(RUN_ID_PREFIX),
    items: v.pipe(v.array(itemSchema), v.minLength(1, "expected at least one item")),
    customer: v.looseObject({ id: nameField(), email: nameField(EMAIL_BYTES_MAX) }),
  }),
  v.forward(
    v.check(
      ({ items }) => [...quantitiesOf(items).values()].every(Number.isSafeInteger),
      "expected quantities of one sku that add up to a whole number JSON carries exactly",
    ),
    ["items"],
  ),
  v.forward(
    v.check(
      ({ items }) => Number.isSafeInteger(totalOf(items)),
      "expected a total that is a whole number JSON carries exactly",
    ),
    ["items"],
  ),
)

export type Order = v.InferOutput<typeof orderSchema>
type Item = v.InferOutput<typeof itemSchema>

/** The list of arguments of `processOrder`. */
export const processOrderInput = v.strictTuple([orderSchema])

/** Minor units. */
export function totalOf(items: readonly Item[]): number {
  return items.reduce((sum, { price, qty }) => sum + price * qty, 0)
}

/** How much of each sku; an order may name one several times. */
export function quantitiesOf(items: readonly Item[]): ReadonlyMap<string, number> {
  const quantities = new Map<string, number>()
  for (const { sku, qty } of items) quantities.set(sku, (quantities.get(sku) ?? 0) + qty)
  return quantities
}
