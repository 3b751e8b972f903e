// Workflow routes: which workflows can be started here.
// Owns: GET /v1/workflows. Must not touch: what a workflow does.

import { toPlainJson } from "../engine/values/plain-json.ts"
import type { WorkflowListing } from "../engine/workflow/registry.ts"
import type { App } from "./environment.ts"
import { jsonAnswer } from "./json-answer.ts"

export function addWorkflowRoutes(app: App, workflows: () => readonly WorkflowListing[]): void {
  app.get("/v1/workflows", () => jsonAnswer({ workflows: workflows().map(viewWorkflow) }))
}

function viewWorkflow({ name, versions, example }: WorkflowListing): Record<string, unknown> {
  return {
    name,
    versions,
    ...(example !== undefined && {
      example: toPlainJson(example.input),
      ...(example.id !== undefined && { exampleId: example.id }),
      ...(example.needs !== undefined && { exampleNeeds: example.needs }),
      ...(example.requests !== undefined && { exampleRequests: example.requests }),
    }),
  }
}
