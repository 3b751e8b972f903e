// GET /v1/workflows: what can be started, and an input that works.

import { expect, test } from "vitest"
import { DEPLOYED, givenApp, READ_TOKEN, START_TOKEN } from "./support/given-app.ts"

test("lists names, versions and examples as plain JSON", async () => {
  const { ask } = givenApp({
    workflows: [
      { name: "bare", versions: [1] },
      {
        name: "full",
        versions: [1, 3],
        example: {
          id: "full/1",
          input: [{ big: 12n, at: new Date(0) }],
          needs: "A shelf.",
          requests: [{ method: "PUT", path: "/shelves/1", body: { width: 3 } }],
        },
      },
    ],
  })
  expect(await ask("GET /v1/workflows")).toMatchObject({
    status: 200,
    body: {
      workflows: [
        { name: "bare", versions: [1] },
        {
          name: "full",
          versions: [1, 3],
          example: [{ big: "12", at: "1970-01-01T00:00:00.000Z" }],
          exampleId: "full/1",
          exampleNeeds: "A shelf.",
          exampleRequests: [{ method: "PUT", path: "/shelves/1", body: { width: 3 } }],
        },
      ],
    },
  })
})

test("asks for the role read", async () => {
  const { ask } = givenApp({ variables: DEPLOYED })
  expect((await ask("GET /v1/workflows", { token: READ_TOKEN })).status).toBe(200)
  expect((await ask("GET /v1/workflows", { token: START_TOKEN })).code).toBe("forbidden")
  expect((await ask("GET /v1/workflows")).code).toBe("unauthorized")
})
