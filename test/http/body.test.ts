// Bodies: how many bytes, which text, which JSON, and that the next request works whatever came.
import { describe, expect, test } from "vitest"
import { BODY_BYTES_MAX } from "../../src/engine/limits.ts"
import { discardBody, readJsonBody } from "../../src/http/body.ts"
import { givenApp, streamOf } from "./support/given-app.ts"

const MIB = 1024 * 1024
const SIGNAL = "http://belay/v1/runs/a/signals/go"
const bytes = new TextEncoder()

/** A JSON text of exactly so many bytes. */
function jsonOf(byteCount: number): Uint8Array {
  return bytes.encode(`"${"x".repeat(byteCount - 2)}"`)
}

function post(body: BodyInit | null, headers: Record<string, string> = {}): Request {
  return new Request(SIGNAL, { method: "POST", body, headers })
}

/** The same bytes in pieces, without a declared length. */
function inPieces(body: Uint8Array): ReadableStream<Uint8Array> {
  const pieces: Uint8Array[] = []
  for (let at = 0; at < body.length; at += 65_536) pieces.push(body.slice(at, at + 65_536))
  return streamOf(...pieces)
}

describe("size", () => {
  test.each([
    ["declared", (body: Uint8Array) => post(body)],
    ["not declared", (body: Uint8Array) => post(inPieces(body))],
    ["declared too small", (body: Uint8Array) => post(inPieces(body), { "content-length": "2" })],
    [
      "declared as nonsense",
      (body: Uint8Array) => post(inPieces(body), { "content-length": "many" }),
    ],
  ])("%s: the limit passes, one byte more is 413, 2 MiB are 413", async (_name, requestOf) => {
    const { send, calls } = givenApp()
    expect((await send(requestOf(jsonOf(BODY_BYTES_MAX)))).status).toBe(202)
    const onePast = await send(requestOf(jsonOf(BODY_BYTES_MAX + 1)))
    expect(onePast).toMatchObject({ status: 413, code: "body_too_large" })
    expect(onePast.message).toContain(String(BODY_BYTES_MAX))
    expect(await send(requestOf(jsonOf(2 * MIB)))).toMatchObject({ status: 413 })
    expect(calls).toHaveLength(1)
  })

  test("a length declared too large is 413 before anything is parsed", async () => {
    const { send } = givenApp()
    const request = post(streamOf(bytes.encode("{not json")), {
      "content-length": String(BODY_BYTES_MAX + 1),
    })
    expect(await send(request)).toMatchObject({ status: 413, code: "body_too_large" })
  })

  test("a refused body is read to its end, so that the client gets to read the answer", async () => {
    const { send } = givenApp()
    for (const path of ["/v1/runs/a/signals/go", "/v1/nothing", "/v1/runs/%00/cancel"]) {
      let sent = 0
      const body = new ReadableStream<Uint8Array>({
        pull(controller) {
          if (sent === 2 * MIB) return controller.close()
          sent += 65_536
          controller.enqueue(new Uint8Array(65_536))
        },
      })
      const answer = await send(new Request(`http://belay${path}`, { method: "POST", body }))
      expect(answer.status).toBeGreaterThanOrEqual(400)
      expect(sent).toBe(2 * MIB)
    }
  })

  test("a refused body without an end is not read for ever", async () => {
    const { send } = givenApp()
    const chunk = new Uint8Array(MIB)
    let cancelled = false
    const body = new ReadableStream<Uint8Array>({
      pull: (controller) => controller.enqueue(chunk),
      cancel: () => void (cancelled = true),
    })
    expect(await send(post(body))).toMatchObject({ status: 413 })
    expect(cancelled).toBe(true)
  })

  test("a reader may allow more", async () => {
    const body = jsonOf(2 * MIB)
    expect(await readJsonBody(post(body), 2 * MIB)).toHaveLength(2 * MIB - 2)
    await expect(readJsonBody(post(body), 2 * MIB - 1)).rejects.toMatchObject({
      code: "body_too_large",
    })
  })
})

describe("text", () => {
  test.each([
    ["an object cut off", '{"a":'],
    ["a bare word", "hello"],
    ["a trailing comma", "[1,]"],
    ["single quotes", "{'a':1}"],
    ["two values", "1 2"],
    ["NaN", "NaN"],
    ["white space alone", "  \n"],
    ["a NUL", "\0"],
    ["a form", "a=1&b=2"],
  ])("%s is 400 and no message", async (_name, text) => {
    const { send, calls } = givenApp()
    const answer = await send(post(text))
    expect(answer).toMatchObject({ status: 400, code: "invalid_request" })
    expect(answer.message).toContain("not JSON")
    expect(calls).toEqual([])
  })

  test("bytes that are no UTF-8 are 400, also when cut between two chunks", async () => {
    const { send } = givenApp()
    const answer = await send(post(new Uint8Array([0x22, 0xff, 0x22])))
    expect(answer).toMatchObject({ status: 400, code: "invalid_request" })
    expect(answer.message).toContain("UTF-8")
    expect((await send(post(new Uint8Array([0x22, 0xe2, 0x82])))).status).toBe(400)
  })

  test("a character cut by a chunk's end is put together again", async () => {
    const { send, calls } = givenApp()
    const whole = bytes.encode('"🧗"')
    await send(post(streamOf(whole.slice(0, 3), whole.slice(3))))
    expect(calls[0]?.args[2]).toBe("🧗")
  })

  test("an empty chunk is no end: neither of a body of unknown length, nor of one that is said to have none", async () => {
    const { send, calls } = givenApp()
    const body = () => streamOf(new Uint8Array(), bytes.encode('"go"'))
    expect((await send(post(body()))).status).toBe(202)
    expect((await send(post(body(), { "content-length": "0" }))).status).toBe(202)
    expect(calls.map(({ args }) => args[2])).toEqual(["go", "go"])
  })

  test("a byte order mark is passed over", async () => {
    const { send, calls } = givenApp()
    await send(post(new Uint8Array([0xef, 0xbb, 0xbf, 0x31])))
    expect(calls[0]?.args[2]).toBe(1)
  })

  test("500 levels of nesting pass, 501 are 400, brackets in a text do not count", async () => {
    const { send } = givenApp()
    const nested = (levels: number) => "[".repeat(levels) + "]".repeat(levels)
    expect((await send(post(nested(500)))).status).toBe(202)
    const onePast = await send(post(nested(501)))
    expect(onePast).toMatchObject({ status: 400, code: "invalid_request" })
    expect(onePast.message).toContain("nested")
    expect((await send(post("[".repeat(500_000)))).status).toBe(400)
    expect((await send(post(JSON.stringify(`\\"${"[{".repeat(1_000)}`)))).status).toBe(202)
  })

  test("a body that breaks off is 400", async () => {
    const { send } = givenApp()
    const body = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(bytes.encode("[1,"))
        controller.error(new Error("the client is gone"))
      },
    })
    const answer = await send(post(body))
    expect(answer).toMatchObject({ status: 400, code: "invalid_request" })
    expect(answer.message).toContain("broke off")
  })
})

test.each([
  ["no body", null, undefined],
  ["an empty body", "", undefined],
  ["null", "null", null],
  ["false", "false", false],
  ["zero", "0", 0],
  ["a text", '"go"', "go"],
  ["a list", "[1,[2]]", [1, [2]]],
])("%s is the value itself", async (_name, text, value) => {
  const { send, calls } = givenApp()
  expect((await send(post(text))).status).toBe(202)
  expect(calls[0]?.args[2]).toEqual(value)
})

test("a key named __proto__ is data", async () => {
  const { send, calls } = givenApp()
  await send(post('{"__proto__": {"polluted": true}}'))
  expect(Object.keys(calls[0]?.args[2] as object)).toEqual(["__proto__"])
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
})

// Found by sending half a body: nobody was answered, for as long as the connection stood.
describe("a body that stops coming", () => {
  const patience = { readMs: 30, discardMs: 30 }

  function halfSent(): Request {
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => controller.enqueue(bytes.encode('{"half":')),
    })
    return new Request("http://belay/", { method: "POST", body })
  }

  test("is 400 when it is wanted, and says how long nothing came", async () => {
    await expect(readJsonBody(halfSent(), 1_000, patience)).rejects.toMatchObject({
      code: "invalid_request",
      message: expect.stringContaining("30 ms"),
    })
  })

  test("is not waited for when nobody wants it, or it is too large already", async () => {
    await expect(discardBody(halfSent(), patience)).resolves.toBeUndefined()
    await expect(readJsonBody(halfSent(), 3, patience)).rejects.toMatchObject({
      code: "body_too_large",
    })
  })
})
