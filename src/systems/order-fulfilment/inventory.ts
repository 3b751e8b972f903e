// Inventory: the stock and what of it is reserved for which order.
// Owns: the tables `stock` and `reservations`. Must not touch: what an order does about an answer.
//   I1. An order gets all it wants or nothing, and the stock is lowered in the transaction that says so.
//   I2. Asked again for the same order, the answer is the one of the first time, also when the stock is empty by now.

interface Shortage {
  readonly sku: string
  readonly qty: number
  readonly available: number
}

export type Reservation =
  | { readonly kind: "reserved" }
  /** Nothing was reserved. */
  | { readonly kind: "short"; readonly shortages: readonly Shortage[] }
  /** The order's id holds a reservation of other quantities. */
  | { readonly kind: "taken" }

/** A refusal of many items must not make a message of many lines. */
const SHORTAGES_TOLD_MAX = 10

export async function reserve(
  db: D1Database,
  orderId: string,
  wanted: ReadonlyMap<string, number>,
): Promise<Reservation> {
  const wantedJson = JSON.stringify(Array.from(wanted, ([sku, qty]) => ({ sku, qty })))
  const shortOf = (parameter: "?1" | "?2"): string => `
    SELECT wanted.value ->> 'sku' AS sku, wanted.value ->> 'qty' AS qty, coalesce(stock.available, 0) AS available
    FROM json_each(${parameter}) AS wanted LEFT JOIN stock ON stock.sku = wanted.value ->> 'sku'
    WHERE coalesce(stock.available, 0) < (wanted.value ->> 'qty')`
  const [shortages, , , , reserved] = await db.batch<Shortage>([
    db.prepare(`${shortOf("?1")} LIMIT ${SHORTAGES_TOLD_MAX}`).bind(wantedJson),
    db
      .prepare(
        `INSERT INTO reservations (order_id, sku, qty, reserved_at)
         SELECT ?1, value ->> 'sku', value ->> 'qty', ?3 FROM json_each(?2)
         WHERE NOT EXISTS (SELECT 1 FROM reservations WHERE order_id = ?1) AND NOT EXISTS (${shortOf("?2")})`,
      )
      .bind(orderId, wantedJson, new Date().toISOString()),
    // Only the rows that the statement before has added are not taken off the stock yet.
    db
      .prepare(
        `UPDATE stock SET available = available -
           (SELECT qty FROM reservations WHERE order_id = ?1 AND sku = stock.sku)
         WHERE sku IN (SELECT sku FROM reservations WHERE order_id = ?1 AND taken = 0)`,
      )
      .bind(orderId),
    db.prepare("UPDATE reservations SET taken = 1 WHERE order_id = ?1 AND taken = 0").bind(orderId),
    db.prepare("SELECT sku, qty FROM reservations WHERE order_id = ?1").bind(orderId),
  ])
  const rows = reserved?.results ?? []
  if (rows.length === 0) return { kind: "short", shortages: shortages?.results ?? [] }
  const isSame =
    rows.length === wanted.size && rows.every(({ sku, qty }) => wanted.get(sku) === qty)
  return isSame ? { kind: "reserved" } : { kind: "taken" }
}

/** How much of the sku can be reserved; `undefined` when it was never stocked. */
export async function availableOf(db: D1Database, sku: string): Promise<number | undefined> {
  const row = await db
    .prepare("SELECT available FROM stock WHERE sku = ?1")
    .bind(sku)
    .first<{ available: number }>()
  return row?.available
}

/** Says how much of the sku can be reserved from now on. */
export async function setAvailable(db: D1Database, sku: string, available: number): Promise<void> {
  await db
    .prepare(
      `INSERT INTO stock (sku, available) VALUES (?1, ?2)
       ON CONFLICT (sku) DO UPDATE SET available = excluded.available`,
    )
    .bind(sku, available)
    .run()
}
