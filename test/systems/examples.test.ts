// Each system's example is an input that the system takes, under an id of the form that its routes expect.

import { SELF } from "cloudflare:test"
import { expect, test } from "vitest"

interface Listed {
  readonly name: string
  readonly example: readonly unknown[]
  readonly exampleId: string
}

test("every registered workflow has an example, and each of them starts", async () => {
  const response = await SELF.fetch("http://belay/v1/workflows")
  const { workflows } = await response.json<{ workflows: Listed[] }>()
  expect(workflows.map(({ name }) => name)).toEqual([
    "createAccount",
    "ledgerTransfer",
    "oneClickBuy",
    "orderLifecycle",
    "processOrder",
    "projectEvents",
    "transferMoney",
    "userSession",
  ])
  for (const { name, example, exampleId } of workflows) {
    const started = await SELF.fetch(`http://belay/v1/runs/${encodeURIComponent(exampleId)}`, {
      method: "POST",
      body: JSON.stringify({ workflow: name, input: example }),
    })
    expect({ name, status: started.status }).toEqual({ name, status: 201 })
  }
})
