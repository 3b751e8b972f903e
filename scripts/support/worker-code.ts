// Worker code: a Worker's entry, loaded into this process so that recorded runs can be replayed against it.
// Owns: the bundle, what stands in for the platform's modules, and the search for the entry's replayer.
// Must not touch: what a replay says. Nothing of the Worker is ever served from here.
//   C1. Workflows, engine and replayer come from one bundle: a class that the workflow checks is the class it is given.

import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import { build, type Plugin } from "esbuild"
import { DRY_REPLAY, type DryReplayer } from "../../src/engine/recorded/dry-replay.ts"

/** What the platform brings along, as far as a module may use it while it is loaded. */
const STAND_IN = `
class Handler { constructor(ctx, env) { this.ctx = ctx; this.env = env } }
export class DurableObject extends Handler {}
export class WorkerEntrypoint extends Handler {}
export class WorkflowEntrypoint extends Handler {}
export class RpcTarget {}
export class RpcStub {}
export class EmailMessage {}
export const env = {}
export const exports = {}
export const waitUntil = () => {}
export const connect = () => { throw new Error("There are no connections in a replay.") }
`

const platform: Plugin = {
  name: "platform",
  setup(bundle) {
    bundle.onResolve({ filter: /^cloudflare:/ }, ({ path }) => ({ path, namespace: "platform" }))
    bundle.onLoad({ filter: /.*/, namespace: "platform" }, () => ({
      contents: STAND_IN,
      loader: "js",
    }))
  },
}

/** @throws Error when the entry cannot be bundled or loaded, or exports no object class of Belay's */
export async function loadReplayer(entry: string): Promise<DryReplayer> {
  const folder = mkdtempSync(join(tmpdir(), "belay-code-"))
  const outfile = join(folder, "worker.mjs")
  try {
    await build({
      entryPoints: [resolve(entry)],
      outfile,
      bundle: true,
      format: "esm",
      target: "es2024",
      platform: "node",
      mainFields: ["module", "main"],
      conditions: ["workerd", "worker", "import"],
      plugins: [platform],
      // A step is named by its function.
      keepNames: true,
      // For the debugger and for stacks, whoever deletes the file.
      sourcemap: "inline",
      logLevel: "warning",
    })
    process.setSourceMapsEnabled(true)
    return replayerOf((await import(pathToFileURL(outfile).href)) as object, entry)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

function replayerOf(code: object, entry: string): DryReplayer {
  for (const exported of Object.values(code) as unknown[]) {
    if (typeof exported !== "function") continue
    const replayer = (exported as { [DRY_REPLAY]?: DryReplayer })[DRY_REPLAY]
    if (replayer !== undefined) return replayer
  }
  throw new Error(
    `${entry} exports no object class of Belay's; give the Worker's entry, which has "export const RunObject = belay.RunObject".`,
  )
}
