// Changed transfer: a Worker whose money transfer no longer does what was recorded: a check of the amount stands in front
// of the credit. For tests of recorded journals, which must notice.

import { Belay, type Context, type StepContext } from "../../../src/belay.ts"

const debitSource = async (_: StepContext, transfer: object) => ({ type: "debited", transfer })
const checkAmount = async () => true
const creditTarget = async (_: StepContext, transfer: object) => ({ type: "credited", transfer })

function* transferMoney(ctx: Context, transfer: object) {
  yield* ctx.run(debitSource, transfer)
  yield* ctx.publish("transfer", { ...transfer, status: "debited" })
  yield* ctx.run(checkAmount)
  return yield* ctx.run(creditTarget, transfer)
}

const belay = new Belay()
belay.register("transferMoney", transferMoney)
export const RunObject = belay.RunObject
export default belay.worker
