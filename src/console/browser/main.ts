// Main: the console's script: which view stands at which place. Bundled by `npm run console`.

import { runView } from "./run/run-view.ts"
import { runsView } from "./runs/runs-view.ts"
import { Shell } from "./shell.ts"
import { startView } from "./start/start-view.ts"
import { startTicking } from "./time.ts"

startTicking()
new Shell({ runs: runsView, run: runView, start: startView }).start()
