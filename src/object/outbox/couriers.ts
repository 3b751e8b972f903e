// Couriers: who brings which kind of message of an outbox to its receiver.
// Owns: the choice. Must not touch: how a courier does it.

import type { OutboxKind, OutboxMessage } from "./outbox-rows.ts"

/**
 * Brings one message to its receiver.
 * @param payload parsed JSON; its shape goes with the kind
 * @throws when it is not known to have arrived, so that it is sent again
 */
export type Courier = (message: OutboxMessage, payload: unknown) => Promise<void>

/** A message whose kind has no courier stays: newer code wrote it, and will send it. */
export function byKind(couriers: Readonly<Partial<Record<OutboxKind, Courier>>>): Courier {
  return async (message, payload) => {
    const courier = couriers[message.kind]
    if (courier === undefined) throw new Error(`No courier takes messages ${message.kind}.`)
    await courier(message, payload)
  }
}
