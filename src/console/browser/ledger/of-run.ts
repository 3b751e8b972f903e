// Of a run: which accounts and transfers a run is about, by its workflow and its input.
// Owns: the three workflows of the systems that move money. Pure.

import * as v from "valibot"
import type { Run } from "../answers.ts"
import type { Kind } from "./cards.ts"

/** Workflows whose runs are about money. */
export const MONEY_WORKFLOWS = ["createAccount", "ledgerTransfer", "transferMoney"] as const

const CREATION = v.looseTuple([v.string()])

const LEDGER_TRANSFER = v.looseTuple([
  v.looseObject({ transferId: v.string(), source: v.string(), bankAccount: v.string() }),
])

const TRANSFER = v.looseTuple([
  v.looseObject({ transferId: v.string(), source: v.string(), target: v.string() }),
])

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

/** Nothing for a run of another workflow. */
export function subjectsOf({ workflow, input }: Run): readonly (readonly [Kind, string])[] {
  const creation = v.safeParse(CREATION, input)
  if (workflow === "createAccount" && creation.success) return [["account", creation.output[0]]]
  const ledgerTransfer = v.safeParse(LEDGER_TRANSFER, input)
  if (workflow === "ledgerTransfer" && ledgerTransfer.success) {
    const [{ transferId, source, bankAccount }] = ledgerTransfer.output
    return [
      ["ledgerTransfer", transferId],
      // An account that is named by its ledger id has no route of its own.
      ...(UUID.test(source) ? [["account", source] as const] : []),
      ["bank", bankAccount],
    ]
  }
  const transfer = v.safeParse(TRANSFER, input)
  if (workflow === "transferMoney" && transfer.success) {
    const [{ transferId, source, target }] = transfer.output
    return [
      ["transfer", transferId],
      ["bank", source],
      ["bank", target],
    ]
  }
  return []
}
