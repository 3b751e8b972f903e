// Purchase: what is bought, how long it can be called off, and how far it is.
// Owns: the input, the shapes of what is published and returned, and their limits. Must not touch: HTTP, time.

import * as v from "valibot"
import { nameField, runIdPartField, wholeNumberField } from "../fields.ts"

export const RUN_PREFIX = "checkout/"

export const ITEM_ID_DEFAULT = "widget-001"

export const WINDOW_MS_DEFAULT = 5_000
/** Shorter than this nobody could use the window. */
const WINDOW_MS_MIN = 100
/** Longer than this it would no longer be one click. */
const WINDOW_MS_MAX = 60_000

export const purchaseFields = v.strictObject({
  itemId: nameField(),
  key: runIdPartField(RUN_PREFIX),
  windowMs: wholeNumberField(WINDOW_MS_MIN, WINDOW_MS_MAX),
})

export type PurchaseInput = v.InferOutput<typeof purchaseFields>

/** What is published as `purchase`. */
export interface Purchase {
  readonly key: string
  readonly itemId: string
  /** `open`: the window is open. `cancelling`, `confirming`: it is decided, and the decision is carried out. */
  readonly phase: "open" | "cancelling" | "confirming" | "cancelled" | "confirmed"
  /** When the window closes, ISO 8601; fixed when the run first looked at the clock. */
  readonly deadline: string
}

export type PurchaseResult =
  | { readonly state: "PURCHASE_CONFIRMED"; readonly itemId: string; readonly orderId: string }
  | { readonly state: "PURCHASE_CANCELLED"; readonly itemId: string }
