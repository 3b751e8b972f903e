// Every answer a ledger can give to the creation of an account: name, number, class.
// Owns: the table. The numbers are TigerBeetle's (0.17); a test compares them with its client.
// Accounts never burn an id: after a refusal the same id may be used again.
import type { StatusFacts } from "./outcome.ts"

export const ACCOUNT_STATUSES = {
  linked_event_failed: { number: 1, class: "rejected" },
  linked_event_chain_open: { number: 2, class: "invalid" },
  timestamp_must_be_zero: { number: 3, class: "invalid" },
  reserved_field: { number: 4, class: "invalid" },
  reserved_flag: { number: 5, class: "invalid" },
  id_must_not_be_zero: { number: 6, class: "invalid" },
  id_must_not_be_int_max: { number: 7, class: "invalid" },
  flags_are_mutually_exclusive: { number: 8, class: "invalid" },
  debits_pending_must_be_zero: { number: 9, class: "invalid" },
  debits_posted_must_be_zero: { number: 10, class: "invalid" },
  credits_pending_must_be_zero: { number: 11, class: "invalid" },
  credits_posted_must_be_zero: { number: 12, class: "invalid" },
  ledger_must_not_be_zero: { number: 13, class: "invalid" },
  code_must_not_be_zero: { number: 14, class: "invalid" },
  exists_with_different_flags: { number: 15, class: "conflict" },
  exists_with_different_user_data_128: { number: 16, class: "conflict" },
  exists_with_different_user_data_64: { number: 17, class: "conflict" },
  exists_with_different_user_data_32: { number: 18, class: "conflict" },
  exists_with_different_ledger: { number: 19, class: "conflict" },
  exists_with_different_code: { number: 20, class: "conflict" },
  exists: { number: 21, class: "success" },
  imported_event_expected: { number: 22, class: "invalid" },
  imported_event_not_expected: { number: 23, class: "invalid" },
  imported_event_timestamp_out_of_range: { number: 24, class: "invalid" },
  imported_event_timestamp_must_not_advance: { number: 25, class: "invalid" },
  imported_event_timestamp_must_not_regress: { number: 26, class: "invalid" },
  created: { number: 4_294_967_295, class: "success" },
} as const satisfies Readonly<Record<string, StatusFacts>>

export type AccountStatus = keyof typeof ACCOUNT_STATUSES
