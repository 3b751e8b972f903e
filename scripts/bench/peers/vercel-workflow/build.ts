// Build: the two bundles that the workflow kit's compiler makes of the workflows: one for the steps, one for the sandbox.
// Owns: the folder of the bundles. They are built in its first use only: a server that starts again is not charged for
// what is done once before a deployment.

import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { BaseBuilder } from "@workflow/builders"

const HERE = fileURLToPath(new URL(".", import.meta.url))
const PACKAGES = fileURLToPath(new URL("../node_modules", import.meta.url))

type Handler = (request: Request) => Promise<Response>
type Ids = Readonly<Record<string, string>>

export interface Built {
  readonly flow: Handler
  readonly step: Handler
  /** The id of each workflow by the name of its function. */
  readonly ids: Ids
}

export async function buildWorkflows(folder: string): Promise<Built> {
  const file = join(folder, "ids.json")
  if (!existsSync(file)) {
    mkdirSync(folder, { recursive: true })
    // The bundles import the kit's packages, from wherever they are.
    symlinkSync(PACKAGES, join(folder, "node_modules"))
    writeFileSync(file, JSON.stringify(await new Builder(folder).bundle()))
  }
  const load = createRequire(file)
  const step = load(join(folder, "step.cjs")) as { readonly POST: Handler }
  const flow = load(join(folder, "flow.cjs")) as { readonly POST: Handler }
  return { step: step.POST, flow: flow.POST, ids: JSON.parse(readFileSync(file, "utf8")) as Ids }
}

class Builder extends BaseBuilder {
  constructor(folder: string) {
    super({
      buildTarget: "standalone",
      workingDir: HERE,
      dirs: ["."],
      stepsBundlePath: join(folder, "step.cjs"),
      workflowsBundlePath: join(folder, "flow.cjs"),
      webhookBundlePath: join(folder, "webhook.cjs"),
      suppressCreateWorkflowsBundleLogs: true,
      suppressCreateManifestLogs: true,
    })
  }

  override async build(): Promise<void> {
    await this.bundle()
  }

  /** The ids of the workflows. */
  async bundle(): Promise<Ids> {
    const inputFiles = [join(HERE, "workflows.ts")]
    const steps = { inputFiles, outfile: this.config.stepsBundlePath }
    await (await this.createStepsBundle(steps)).context?.dispose()
    const { manifest } = await this.createWorkflowsBundle({
      inputFiles,
      outfile: this.config.workflowsBundlePath,
    })
    const found = Object.values(manifest.workflows ?? {}).flatMap((file) => Object.entries(file))
    return Object.fromEntries(found.map(([name, { workflowId }]) => [name, workflowId]))
  }
}
