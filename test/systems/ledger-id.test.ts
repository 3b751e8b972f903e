// Ledger ids inside the Workers runtime: the very ones that Node makes, see test/relay/deterministic-id.test.ts.

import { expect, test } from "vitest"
import { ledgerId } from "../../src/ledger/step-id.ts"
import { LEDGER_ID_VECTORS } from "../support/ledger-id-vectors.ts"

test.each(LEDGER_ID_VECTORS)(
  "the Workers runtime makes the ids that Node makes",
  async (step, options, id) => {
    expect(await ledgerId(step, options)).toBe(id)
  },
)
