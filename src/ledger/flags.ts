// Flags of accounts and transfers: names, bits, and the way between them.
// Owns: the bit of every flag. In the port flags are a number (`TransferFlags.pending | TransferFlags.linked`),
// on the wire they are a list of names.

export const AccountFlags = {
  linked: 1,
  debits_must_not_exceed_credits: 2,
  credits_must_not_exceed_debits: 4,
  history: 8,
  imported: 16,
  closed: 32,
} as const

export const TransferFlags = {
  linked: 1,
  pending: 2,
  post_pending_transfer: 4,
  void_pending_transfer: 8,
  balancing_debit: 16,
  balancing_credit: 32,
  closing_debit: 64,
  closing_credit: 128,
  imported: 256,
} as const

/** Bits by name, for either kind of record. */
export type FlagTable = Readonly<Record<string, number>>

/** Whether every bit of `mask` is set. */
export function hasFlag(flags: number, mask: number): boolean {
  return (flags & mask) === mask
}

/** The bits that no flag of this table has; 0 when all are known. */
export function unknownFlagBits(flags: number, table: FlagTable): number {
  let known = 0
  for (const bit of Object.values(table)) known |= bit
  return flags & ~known
}

/** Names of the set bits, in the table's order. Bits without a name are left out: check them first. */
export function flagNames(flags: number, table: FlagTable): string[] {
  return Object.entries(table)
    .filter(([, bit]) => hasFlag(flags, bit))
    .map(([name]) => name)
}
