// Acceptance, promises: settled from outside by whoever holds the token, and by nobody else.

import { describe, expect, it, vi } from "vitest"
import { decode } from "../../src/engine/values/codec.ts"
import type { Context } from "../../src/engine/workflow/context.ts"
import { begin, crash, endOf, errorOf, resultOf, runs, suspended } from "../object/support/runs.ts"
import { ask } from "./support/ask.ts"

function* waits(ctx: Context) {
  const promise = yield* ctx.promise()
  yield* ctx.publish("token", promise.token)
  return yield* promise
}

async function tokenOf(id: string): Promise<string> {
  return decode((await runs.state(id, "token")) ?? "null") as string
}

/** Nobody's role is asked for: the token is the right. */
const settle = (token: string, how: "resolve" | "reject", body?: unknown) =>
  ask(`POST /v1/promises/${token}/${how}`, { body, headers: { authorization: "" } })

describe("check 29: a promise", () => {
  it("check 29: is resolved once; whoever comes later gets the first outcome", async () => {
    const { id } = await begin(waits)
    const token = await tokenOf(id)
    await crash(id)
    const first = await settle(token, "resolve", { by: "ada" })
    expect(first).toMatchObject({ status: 200, body: { status: "resolved", value: { by: "ada" } } })
    expect(await settle(token, "resolve", { by: "bob" })).toEqual(first)
    expect(await resultOf(id)).toEqual({ by: "ada" })
    await crash(id)
    expect(await settle(token, "reject", { message: "too late" })).toEqual(first)
    expect(await resultOf(id)).toEqual({ by: "ada" })
  })

  it("check 29: is rejected with an error that keeps its type", async () => {
    const { id } = await begin(waits)
    const token = await tokenOf(id)
    const body = { message: "over the limit", code: "limit", details: { max: 5 } }
    const first = await settle(token, "reject", body)
    expect(first).toMatchObject({ status: 200, body: { status: "rejected", error: body } })
    expect(await settle(token, "resolve", 1)).toEqual(first)
    expect(await errorOf(id)).toMatchObject(body)
    expect((await ask(`GET /v1/runs/${id}`)).body).toMatchObject({ status: "failed", error: body })
  })

  it("check 29: settled by twenty at once has one outcome, told to all", async () => {
    const { id } = await begin(waits)
    const token = await tokenOf(id)
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        n % 2 === 0 ? settle(token, "resolve", n) : settle(token, "reject", { message: `no ${n}` }),
      ),
    )
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1)
  })

  it("check 29: of a token nobody was given is unknown", async () => {
    for (const token of ["nothing", "a.b.c", "YQ.YQ.YQ"]) {
      expect(await settle(token, "resolve", 1)).toMatchObject({
        status: 404,
        code: "promise_unknown",
      })
    }
  })
})

describe("check 30: a token", () => {
  /** What nobody can guess of it. */
  const secretOf = (token: string) => token.slice(token.lastIndexOf(".") + 1)

  it("check 30: cannot be guessed: 192 random bits, in every place", async () => {
    const { id } = await begin(function* (ctx) {
      const tokens: string[] = []
      for (let n = 0; n < 200; n++) tokens.push((yield* ctx.promise()).token)
      yield* ctx.publish("tokens", tokens)
      yield* ctx.signal("end")
    })
    await suspended(id)
    const tokens = decode((await runs.state(id, "tokens")) ?? "[]") as string[]
    const secrets = tokens.map(secretOf)
    expect(new Set(secrets).size).toBe(200)
    for (const secret of secrets) expect(secret).toMatch(/^[\w-]{32}$/)
    for (let place = 0; place < 32; place++) {
      expect(new Set(secrets.map((secret) => secret[place])).size).toBeGreaterThan(20)
    }
  })

  it("check 30: opens its own promise alone, and no other route", async () => {
    const one = await begin(waits)
    const other = await begin(waits)
    const [token, otherToken] = [await tokenOf(one.id), await tokenOf(other.id)]
    const crossed = token.slice(0, -32) + secretOf(otherToken)
    expect(await settle(crossed, "resolve", 1)).toMatchObject({ code: "promise_unknown" })
    const asBearer = await ask(`GET /v1/runs/${one.id}`, {
      headers: { authorization: `Bearer ${token}` },
    })
    expect(asBearer).toMatchObject({ status: 401, code: "unauthorized" })
    await settle(token, "resolve", "one")
    expect(await resultOf(one.id)).toBe("one")
    expect((await suspended(other.id)).status).toBe("suspended")
  })

  // How long a comparison takes cannot be measured here. What is looked up is the part of the secret that only finds
  // the row, and the whole of it is compared by the platform's own comparison in constant time.
  it("check 30: wrong in any place is refused alike, by a comparison in constant time", async () => {
    const { id } = await begin(waits)
    const token = await tokenOf(id)
    const compared = vi.spyOn(crypto.subtle, "timingSafeEqual")
    const answers = new Set<string>()
    const start = token.length - 32
    for (let place = start; place < token.length; place++) {
      const other = token[place] === "A" ? "B" : "A"
      const wrong = token.slice(0, place) + other + token.slice(place + 1)
      answers.add(JSON.stringify(await settle(wrong, "resolve", 1)))
    }
    for (const wrong of [token.slice(0, -1), `${token}A`, token.slice(0, start + 8)]) {
      answers.add(JSON.stringify(await settle(wrong, "resolve", 1)))
    }
    expect(answers.size).toBe(1)
    expect([...answers][0]).toContain("promise_unknown")
    // The first eight characters find the row: behind them every wrong token was compared as a whole.
    expect(compared.mock.calls.length).toBeGreaterThanOrEqual(24)
    compared.mockRestore()
    expect((await settle(token, "resolve", "right")).status).toBe(200)
    expect(await resultOf(id)).toBe("right")
  })

  it("check 30: is shown to role operate alone", async () => {
    const { id } = await begin(function* (ctx) {
      return yield* yield* ctx.promise()
    })
    await suspended(id)
    const operator = await ask(`GET /v1/runs/${id}`)
    const [{ token }] = (operator.body as { waitingFor: [{ token: string }] }).waitingFor
    const secret = secretOf(token)
    expect(secret).toHaveLength(32)
    for (const path of [`/v1/runs/${id}`, `/v1/runs/${id}/journal`]) {
      const answer = await ask(`GET ${path}`, { role: "read" })
      expect(answer.status).toBe(200)
      expect(JSON.stringify(answer.body)).not.toContain(secret)
    }
    expect((await settle(token, "resolve", 1)).status).toBe(200)
  })

  it("check 30: is revoked when its run ends, is taken back to before it, or is deleted", async () => {
    let isBad = true
    const { id } = await begin(function* (ctx) {
      const promise = yield* ctx.promise()
      yield* ctx.publish("token", promise.token)
      yield* ctx.panic(isBad)
      const { value } = yield* ctx.race({ promise, end: ctx.signal("end") })
      return value
    })
    expect(await endOf(id)).toMatchObject({ status: "halted" })
    const first = await tokenOf(id)
    isBad = false
    await runs.retry(id, { from: "0" })
    await suspended(id)
    const second = await tokenOf(id)
    expect(second).not.toBe(first)
    expect(await settle(first, "resolve", "by the revoked one")).toMatchObject({
      body: { status: "cancelled" },
    })
    await runs.signal(id, "end", "ended")
    expect(await resultOf(id)).toBe("ended")
    for (const token of [first, second]) {
      expect(await settle(token, "resolve", 1)).toMatchObject({ body: { status: "cancelled" } })
    }
    expect((await ask(`DELETE /v1/runs/${id}`)).status).toBe(204)
    await begin(waits, [], { id })
    // The id has begun anew: a token of its former life opens nothing.
    for (const token of [first, second]) {
      expect(await settle(token, "resolve", 1)).toMatchObject({ code: "promise_unknown" })
    }
    await settle(await tokenOf(id), "resolve", "of this life")
    expect(await resultOf(id)).toBe("of this life")
  })
})
