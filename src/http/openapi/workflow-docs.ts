// Workflow docs: what can be started.

import type { RouteDoc } from "./route-doc.ts"
import { anything, listOf, object, oneOf, text, wholeNumber } from "./schema.ts"

const workflow = object(
  { name: text(), versions: listOf(wholeNumber) },
  {
    example: listOf(anything),
    exampleId: text("a run id of the form that the program expects"),
    exampleNeeds: text("what has to be there before such a start"),
    exampleRequests: listOf(
      object({ method: oneOf("POST", "PUT"), path: text() }, { body: anything }),
    ),
  },
)

export const WORKFLOW_DOCS: readonly RouteDoc[] = [
  {
    method: "get",
    path: "/v1/workflows",
    operationId: "listWorkflows",
    summary: "The workflows that can be started, in the order of their names",
    description:
      "`example` is an input that works as it stands; some are new each time. `exampleRequests` make what it needs, in this order; making them again changes nothing.",
    role: "read",
    answers: {
      200: { description: "All of them.", schema: object({ workflows: listOf(workflow) }) },
    },
    errors: [],
  },
]
