// Faults on purpose: the header's grammar, and where it counts.
import { expect, test } from "vitest"
import { FAULTS_MAX } from "../../src/engine/limits.ts"
import { DEPLOYED, givenApp, START_TOKEN } from "./support/given-app.ts"

const START = { workflow: "greet" }

function withFault(fault: string) {
  return { body: START, headers: { "x-belay-fault": fault } }
}

test.each([
  ["charge:1", [{ step: "charge", call: 1, attempt: 1, action: "throw" }]],
  ["charge:*", [{ step: "charge", call: 1, attempt: "*", action: "throw" }]],
  ["charge#3:2:hang", [{ step: "charge", call: 3, attempt: 2, action: "hang" }]],
  ["charge:1:crash", [{ step: "charge", call: 1, attempt: 1, action: "crash" }]],
  ["$charge_2:1:throw", [{ step: "$charge_2", call: 1, attempt: 1, action: "throw" }]],
  [
    " a:1 , b#2:*:hang",
    [
      { step: "a", call: 1, attempt: 1, action: "throw" },
      { step: "b", call: 2, attempt: "*", action: "hang" },
    ],
  ],
  [
    Array.from({ length: FAULTS_MAX }, () => "a:1").join(","),
    Array.from({ length: FAULTS_MAX }, () => ({ step: "a", call: 1, attempt: 1, action: "throw" })),
  ],
])("%s", async (header, faults) => {
  const { ask, calls } = givenApp()
  expect((await ask("POST /v1/runs/a", withFault(header))).status).toBe(201)
  expect(calls[0]?.args[1]).toMatchObject({ faults })
})

test.each([
  "",
  "charge",
  "charge:",
  ":1",
  "charge:0",
  "charge:-1",
  "charge:1.5",
  "charge:01",
  "charge:99999999999",
  "charge#0:1",
  "charge#:1",
  "charge#*:1",
  "charge:1:explode",
  "charge:1:",
  "charge:1:throw:2",
  "a b:1",
  "a:1,",
  "a:1,,b:1",
  "a:1;b:1",
  `${"a".repeat(257)}:1`,
  Array.from({ length: FAULTS_MAX + 1 }, () => "a:1").join(","),
])("malformed is 400 and starts nothing: %j", async (header) => {
  const { ask, calls } = givenApp()
  const answer = await ask("POST /v1/runs/a", withFault(header))
  expect(answer).toMatchObject({ status: 400, code: "invalid_request" })
  expect(answer.message).toContain("x-belay-fault")
  expect(calls).toEqual([])
})

test.each(["charge:1:crash", "not a fault"])(
  "deployed, the header is ignored: %s",
  async (header) => {
    const { ask, calls } = givenApp({ variables: DEPLOYED })
    const answer = await ask("POST /v1/runs/a", { ...withFault(header), token: START_TOKEN })
    expect(answer.status).toBe(201)
    expect(calls[0]?.args[1]).toMatchObject({ faults: [] })
  },
)
