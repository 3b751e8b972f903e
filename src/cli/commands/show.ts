// Show: one run, with its journal as a timeline.

import type { Call, Command } from "../command.ts"
import { printHead } from "../run-head.ts"
import { safeJson } from "../text.ts"
import { Timeline } from "../timeline.ts"

const PAGE_ENTRIES = 1_000

export const SHOW: Command = {
  name: "show",
  arguments: "ID",
  summary: "a run: how it stands, what it waits for, its journal as a timeline",
  details: ["Values are cut to the terminal's width; --json has them whole: {run, entries}."],
  options: {},
  run: show,
}

async function show({ client, screen, given }: Call): Promise<void> {
  const id = given.argument(0)
  const run = await client.run(id)
  if (screen.isJson) {
    const text = safeJson(run, 2).replaceAll("\n", "\n  ")
    await screen.write(`{\n  "run": ${text},\n  "entries": [`)
    let count = 0
    for await (const entry of client.journal(id)) {
      await screen.write(`${count++ === 0 ? "" : ","}\n    ${safeJson(entry)}`)
    }
    return screen.line(`${count === 0 ? "" : "\n  "}]\n}`)
  }
  const nowMs = Date.now()
  await printHead(screen, run, nowMs)
  await screen.line()
  const timeline = new Timeline(screen, run, nowMs)
  for (let after: string | undefined; ;) {
    const page = await client.journalPage(id, { after, limit: PAGE_ENTRIES })
    await timeline.page(page)
    if (page.next === undefined) return timeline.close()
    after = page.next
  }
}
