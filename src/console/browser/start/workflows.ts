// Workflows: what can be started, as the server lists it.
// Owns: the shape of the answer, and the last input of a workflow.

import * as v from "valibot"
import { RUN, RUNS_PAGE } from "../answers.ts"
import { pathTo, withQuery, type Api } from "../api.ts"

const WORKFLOW = v.looseObject({
  name: v.string(),
  versions: v.array(v.number()),
  example: v.optional(v.array(v.unknown())),
  exampleId: v.optional(v.string()),
  exampleNeeds: v.optional(v.string()),
  exampleRequests: v.optional(
    v.array(
      v.looseObject({
        method: v.picklist(["POST", "PUT"]),
        path: v.pipe(v.string(), v.startsWith("/")),
        body: v.optional(v.unknown()),
      }),
    ),
  ),
})

export type Workflow = v.InferOutput<typeof WORKFLOW>

const WORKFLOWS = v.looseObject({ workflows: v.array(WORKFLOW) })

export async function askWorkflows(api: Api, signal: AbortSignal): Promise<readonly Workflow[]> {
  return (await api.ask("/v1/workflows", WORKFLOWS, { signal })).workflows
}

export interface LastInput {
  readonly runId: string
  readonly input: unknown
  readonly tags: Readonly<Record<string, string>>
}

/** What the newest run of the workflow was started with. */
export async function askLastInput(
  api: Api,
  workflow: string,
  signal: AbortSignal,
): Promise<LastInput | undefined> {
  const path = withQuery("/v1/runs", { workflow, limit: 1 })
  const [card] = (await api.ask(path, RUNS_PAGE, { signal })).runs
  if (card === undefined) return undefined
  const run = await api.ask(pathTo("v1", "runs", card.id), RUN, { signal })
  return { runId: run.id, input: run.input, tags: run.tags }
}
