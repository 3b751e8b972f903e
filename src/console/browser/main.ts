// Main: the console's script: which view stands at which place. Bundled by `npm run console`.

import { inboxView } from "./inbox/inbox-view.ts"
import { ledgerView } from "./ledger/ledger-view.ts"
import { runView } from "./run/run-view.ts"
import { runsView } from "./runs/runs-view.ts"
import { schedulesView } from "./schedules/schedules-view.ts"
import { Shell } from "./shell.ts"
import { startView } from "./start/start-view.ts"
import { startTicking } from "./time.ts"

startTicking()
new Shell({
  runs: runsView,
  run: runView,
  inbox: inboxView,
  start: startView,
  schedules: schedulesView,
  ledger: ledgerView,
}).start()
