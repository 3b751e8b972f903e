// The tests' own tap between objects and the relay, which other tests' spies must not take away.

import { afterEach, expect, test, vi } from "vitest"
import { expectCreatedOnce, newUuid } from "./support/ledger-accounts.ts"
import { send } from "./support/service.ts"

afterEach(() => {
  vi.restoreAllMocks()
})

test("an object that is made while `fetch` is spied on leaves those that come after the spy their relay", async () => {
  const real = globalThis.fetch
  vi.spyOn(globalThis, "fetch").mockImplementation((input, init) => real(input, init))
  const during = newUuid()
  expect((await send(`PUT /accounts/${during}`)).status).toBe(201)
  vi.restoreAllMocks()
  const uuid = newUuid()
  const { status, body } = await send(`PUT /accounts/${uuid}`)
  expect(status).toBe(201)
  await expectCreatedOnce(uuid, body.guid)
})
