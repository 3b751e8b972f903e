// Demo: runs the seven systems on their examples' own data and kills the runtime with SIGKILL in the middle of them,
// three times, once between the ledger write and its checkpoint; shows that each goes on by itself and that every effect
// happened once. Everything lives in a temporary folder on free ports. Ends by itself: 0, or 1 with what was wrong.

import { AccountCreationScene } from "./demo/scenes/account-creation.ts"
import { EventProjectionScene } from "./demo/scenes/event-projection.ts"
import { MoneyTransferScene } from "./demo/scenes/money-transfer.ts"
import { OneClickBuyScene } from "./demo/scenes/one-click-buy.ts"
import { OrderFulfilmentScene } from "./demo/scenes/order-fulfilment.ts"
import { OrderLifecycleScene } from "./demo/scenes/order-lifecycle.ts"
import { UserSessionScene } from "./demo/scenes/user-session.ts"
import { Play } from "./demo/play.ts"
import { Screen } from "./demo/screen.ts"
import { StepLines } from "./demo/step-lines.ts"
import { interruption } from "./support/interruption.ts"
import { SystemsRuntime } from "./support/systems-runtime.ts"

/** What the demo may take at the most, in ms; on a quiet machine it takes a quarter of that. */
const DEMO_TIMEOUT_MS = 110_000

async function perform(screen: Screen, opened: (runtime: SystemsRuntime) => void) {
  screen.act("Starting a relay with the embedded ledger, D1 and the Workers runtime …")
  const lines = new StepLines()
  const runtime = await SystemsRuntime.start((line) => {
    const step = lines.take(line)
    if (step !== undefined) screen.step(step.run, step.step, step.attempt, step.message)
  })
  opened(runtime)
  const stage = { runtime, lines }
  const account = new AccountCreationScene(stage)
  const scenes = [
    account,
    new MoneyTransferScene(stage),
    new OrderFulfilmentScene(stage),
    new OrderLifecycleScene(stage),
    new OneClickBuyScene(stage),
    new UserSessionScene(stage),
    new EventProjectionScene(stage),
  ]
  return new Play(stage, screen, scenes, account).perform()
}

async function main(): Promise<number> {
  const screen = new Screen()
  let runtime: SystemsRuntime | undefined
  const timeout = new Promise<string[]>((resolve) => {
    setTimeout(() => resolve([`not over after ${DEMO_TIMEOUT_MS} ms`]), DEMO_TIMEOUT_MS).unref()
  })
  const interrupted = interruption().then(() => ["interrupted"])
  const performed = perform(screen, (opened) => (runtime = opened))
  let problems: string[]
  try {
    problems = await Promise.race([performed, interrupted, timeout])
  } finally {
    await runtime?.end()
  }
  if (problems.length === 0) {
    screen.act("Every run ended by itself, and every effect happened once.")
    return 0
  }
  console.error(`The demo failed:\n${problems.map((problem) => `  ${problem}`).join("\n")}`)
  return 1
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error("The demo failed:", error)
    process.exit(1)
  },
)
