// Ids that steps have made and will always make, whatever runtime they run in. A ledger holds them: they must not change.

import type { IdentifiedStep, LedgerIdOptions } from "../../src/ledger/step-id.ts"

export const STEP: IdentifiedStep = {
  id: "ledger-transfer-1",
  idempotencyKey: "ledger-transfer-1:0123456789abcdef:0:3.1",
  runCreatedAtMs: 1_800_000_000_000,
}

export const LEDGER_ID_VECTORS: readonly (readonly [IdentifiedStep, LedgerIdOptions, bigint])[] = [
  [STEP, {}, 2176066475307299907147048272255028906n],
  [STEP, { attempt: 1, index: 0, namespace: "belay" }, 2176066475307299907147048272255028906n],
  [STEP, { attempt: 2 }, 2176066475306690731199774352647076928n],
  [STEP, { index: 1 }, 2176066475306338325233957580902898696n],
  [STEP, { namespace: "räumlich" }, 2176066475307329173625370164314425157n],
  [{ ...STEP, runCreatedAtMs: 0 }, {}, 967392675931472255028906n],
]
