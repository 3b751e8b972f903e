// Who may ask the relay: forged, late, replayed, cut and rotated requests.
import { expect, test } from "vitest"
import {
  answerText,
  EdgeSigner,
  hashBody,
  makeNonce,
  NONCE_HEADER,
  SIGNATURE_HEADER,
  TIME_HEADER,
} from "../../src/ledger/signature.ts"
import { hashBytes, RelaySigner } from "../../src/relay/access/relay-signer.ts"
import { ask, KEY, send, sign, startRelay } from "./relay-kit.ts"

const BODY = JSON.stringify({ ids: ["1"] })
const ACCEPTED = { status: 200, body: { accounts: [] }, signed: true }

function refused(text: RegExp) {
  return {
    status: 401,
    body: {
      error: { code: "unauthorized", message: expect.stringMatching(text) as string },
      submitted: false,
    },
    // Only accepted requests get signatures: a refusal must not become a signed "not submitted".
    signed: false,
  }
}

test("a signed request is answered, and the answer is signed", async () => {
  const { relay } = await startRelay()
  expect(await send(relay, await sign(BODY))).toMatchObject(ACCEPTED)
})

test("the edge's and the relay's cryptography agree on both texts", async () => {
  const edge = new EdgeSigner(KEY)
  const relay = new RelaySigner(KEY.secret)
  const bytes = new TextEncoder().encode(BODY)
  const request = {
    method: "POST",
    path: "/v1/x",
    audience: "http://127.0.0.1",
    timeMs: 1,
    nonce: makeNonce(),
    bodyHash: hashBytes(BODY),
  }
  const answer = { nonce: request.nonce, status: 200, bodyHash: await hashBody(bytes) }
  expect(answer.bodyHash).toBe(request.bodyHash)
  expect(relay.verify(request, await edge.sign(request))).toBe(true)
  expect(relay.verify({ ...request, timeMs: 2 }, await edge.sign(request))).toBe(false)
  expect(await edge.verify(answer, relay.sign(answer))).toBe(true)
  expect(await edge.verify({ ...answer, status: 503 }, relay.sign(answer))).toBe(false)
  expect(answerText(answer)).toContain(request.nonce)
})

test("a request without signature headers is refused", async () => {
  const { relay, log } = await startRelay()
  const { method, body } = await sign(BODY)
  const headers = { "content-type": "application/json" }
  expect(await send(relay, { method, body, headers })).toMatchObject(refused(/headers/))
  expect(log).toContainEqual({
    event: "auth_refused",
    reason: "headers",
    operation: "lookup_accounts",
  })
})

test("a changed body, path or time does not fit the signature", async () => {
  const { relay } = await startRelay()
  const init = await sign(BODY)
  const otherBody = { ...init, body: JSON.stringify({ ids: ["2"] }) }
  expect(await send(relay, otherBody)).toMatchObject(refused(/does not fit/))
  expect(await send(relay, init, "/v1/lookup_transfers")).toMatchObject(refused(/does not fit/))
  const otherTime = { ...init, headers: { ...init.headers, [TIME_HEADER]: String(Date.now() + 1) } }
  expect(await send(relay, otherTime)).toMatchObject(refused(/does not fit/))
  const otherNonce = { ...init, headers: { ...init.headers, [NONCE_HEADER]: makeNonce() } }
  expect(await send(relay, otherNonce)).toMatchObject(refused(/does not fit/))
})

test("a wrong secret and an unknown key read the same from outside", async () => {
  const { relay, log } = await startRelay()
  const wrongSecret = { ...KEY, secret: "another secret altogether" }
  const unknownKey = { ...KEY, id: "nobody" }
  const first = await send(relay, await sign(BODY, { key: wrongSecret }))
  const second = await send(relay, await sign(BODY, { key: unknownKey }))
  expect(first).toMatchObject(refused(/does not fit/))
  expect(second.body).toEqual(first.body)
  const refusals = log.filter((entry) => entry.event === "auth_refused")
  expect(refusals.map(({ reason }) => reason)).toEqual(["signature", "key"])
})

test("a signature that was cut short or is no hex is refused", async () => {
  const { relay } = await startRelay()
  const init = await sign(BODY)
  const signature = init.headers[SIGNATURE_HEADER] ?? ""
  for (const cut of [signature.slice(0, 62), signature.slice(0, 63), "", `${signature}00`]) {
    const headers = { ...init.headers, [SIGNATURE_HEADER]: cut }
    expect(await send(relay, { ...init, headers })).toMatchObject(refused(/headers/))
  }
  const noHex = { ...init.headers, [SIGNATURE_HEADER]: "z".repeat(64) }
  expect(await send(relay, { ...init, headers: noHex })).toMatchObject(refused(/headers/))
})

test("a request signed more than a minute ago or ahead is refused", async () => {
  const { relay } = await startRelay()
  const ago = await sign(BODY, { timeMs: Date.now() - 61_000 })
  const ahead = await sign(BODY, { timeMs: Date.now() + 62_000 })
  const inTime = await sign(BODY, { timeMs: Date.now() - 58_000 })
  expect(await send(relay, ago)).toMatchObject(refused(/ms ago/))
  expect(await send(relay, ahead)).toMatchObject(refused(/ms ahead/))
  expect(await send(relay, inTime)).toMatchObject(ACCEPTED)
})

test("a request is accepted once, also when its first answer was a refusal of its body", async () => {
  const { relay } = await startRelay()
  for (const body of [BODY, "no json"]) {
    const init = await sign(body)
    expect((await send(relay, init)).signed).toBe(true)
    expect(await send(relay, init)).toMatchObject(refused(/accepted before/))
  }
})

test("two keys are live while one replaces the other, and a removed one is dead", async () => {
  const next = { id: "next", secret: "the secret that comes after it" }
  const { relay } = await startRelay({
    keys: new Map([
      [KEY.id, KEY.secret],
      [next.id, next.secret],
    ]),
  })
  const { relay: afterRotation } = await startRelay({ keys: new Map([[next.id, next.secret]]) })
  const path = "/v1/lookup_accounts"
  expect(await ask(relay, path, { ids: [] })).toMatchObject(ACCEPTED)
  expect(await ask(relay, path, { ids: [] }, { key: next })).toMatchObject(ACCEPTED)
  expect(await ask(afterRotation, path, { ids: [] }, { key: next })).toMatchObject(ACCEPTED)
  expect(await ask(afterRotation, path, { ids: [] })).toMatchObject(refused(/does not fit/))
})
