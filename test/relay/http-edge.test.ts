// The relay's edge: what HTTP allows, what it does not, and what somebody tries anyway.
import { connect } from "node:net"
import { expect, test } from "vitest"
import type { Relay } from "../../src/relay/relay.ts"
import { send, sign, signBytes, startRelay } from "./relay-kit.ts"

const LOOKUP = "/v1/lookup_accounts"
const BODY = '{"ids":["1"]}'

/** All that comes back for these bytes until the relay or the time, in ms, ends it. */
async function sendRaw(relay: Relay, bytes: string | Buffer, waitMs = 300): Promise<string> {
  const socket = connect(relay.port, "127.0.0.1")
  socket.setTimeout(waitMs, () => socket.destroy())
  socket.write(bytes)
  let text = ""
  try {
    for await (const chunk of socket) text += String(chunk)
  } catch {
    // Cut off in the middle, or by the time: what came until then counts.
  }
  return text
}

function statusLines(text: string): string[] {
  return text.match(/HTTP\/1\.1 \d{3}/g) ?? []
}

/** A signed request as bytes, with these headers beside or instead of its own. */
async function raw(body: string | Buffer, extra: readonly string[] = [], path = LOOKUP) {
  const headers = await signBytes(Buffer.from(body), { path })
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  const length = `content-length: ${Buffer.byteLength(body)}`
  const given = extra.some((line) => line.startsWith("content-length")) ? [] : [length]
  const head = [`POST ${path} HTTP/1.1`, "host: relay", ...lines, ...given, ...extra]
  return Buffer.concat([Buffer.from(`${head.join("\r\n")}\r\n\r\n`), Buffer.from(body)])
}

test("an operation takes POST alone, and says so", async () => {
  const { relay } = await startRelay()
  for (const method of ["GET", "PUT", "DELETE", "OPTIONS", "PATCH"]) {
    const reply = await send(relay, { method })
    expect(reply).toMatchObject({ status: 405, body: { error: { code: "method_not_allowed" } } })
    expect(reply.headers.get("allow")).toBe("POST")
  }
  const head = await fetch(`${relay.url}${LOOKUP}`, { method: "HEAD" })
  expect([head.status, head.headers.get("allow"), await head.text()]).toEqual([405, "POST", ""])
})

test("what is there to be read takes GET and HEAD alone", async () => {
  const { relay } = await startRelay()
  for (const path of ["/healthz", "/readyz", "/metrics"]) {
    const get = await fetch(`${relay.url}${path}`)
    const head = await fetch(`${relay.url}${path}`, { method: "HEAD" })
    expect([get.status, head.status, await head.text()]).toEqual([200, 200, ""])
    const post = await fetch(`${relay.url}${path}`, { method: "POST", body: "x".repeat(10_000) })
    expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, HEAD"])
  }
})

test("a path with a query string, another case or a slash more is no operation", async () => {
  const { relay } = await startRelay()
  for (const path of [
    `${LOOKUP}?x=1`,
    `${LOOKUP}/`,
    "/V1/lookup_accounts",
    "/v1//lookup_accounts",
  ]) {
    expect(await send(relay, await sign(BODY, { path }), path)).toMatchObject({ status: 404 })
  }
  const absolute = await raw(BODY, [], `http://127.0.0.1${LOOKUP}`)
  expect(statusLines(await sendRaw(relay, absolute))).toEqual(["HTTP/1.1 404"])
})

test("a path in a message is cut, since it comes from outside", async () => {
  const { relay } = await startRelay()
  const reply = await send(relay, { method: "GET" }, `/${"x".repeat(5_000)}`)
  expect(JSON.stringify(reply.body).length).toBeLessThan(700)
})

test("several Host headers are refused", async () => {
  const { relay } = await startRelay()
  const text = await sendRaw(relay, await raw(BODY, ["Host: another"]))
  expect(statusLines(text)).toEqual(["HTTP/1.1 400"])
  expect(text).toContain("host: expected one header, got several.")
})

test("headers beyond all measure end the connection with 431", async () => {
  const { relay } = await startRelay()
  const text = await sendRaw(relay, await raw(BODY, [`x-long: ${"x".repeat(20_000)}`]))
  expect(statusLines(text)).toEqual(["HTTP/1.1 431"])
})

test("a length and chunks at once, two lengths, and a length that is none are refused", async () => {
  const { relay } = await startRelay()
  for (const extra of [
    ["content-length: 13", "transfer-encoding: chunked"],
    ["content-length: 13", "content-length: 12"],
    ["content-length: 1e1"],
    ["content-length: -1"],
    ["content-length: 0x10"],
  ]) {
    expect(statusLines(await sendRaw(relay, await raw(BODY, extra)))).toEqual(["HTTP/1.1 400"])
  }
})

test("what follows a body's announced length ends the connection, and no answer to it is signed", async () => {
  const { relay } = await startRelay()
  const longer = Buffer.concat([await raw(BODY), Buffer.from("}}} more")])
  const text = await sendRaw(relay, longer)
  expect(statusLines(text).at(-1)).toBe("HTTP/1.1 400")
  expect(text.slice(text.lastIndexOf("HTTP/1.1"))).not.toContain("x-belay-signature")
})

test("a body shorter than announced, and one that never ends, are cut off in time", async () => {
  const { relay, log } = await startRelay({ requestTimeoutMs: 100 })
  const text = await sendRaw(relay, await raw(BODY, ["content-length: 1000"]), 2_000)
  expect(statusLines(text)).toEqual(["HTTP/1.1 408"])
  // Whoever hung up is no mistake of ours.
  const hungUp = connect(relay.port, "127.0.0.1")
  hungUp.write(await raw(BODY, ["content-length: 1000"]))
  await new Promise((resolve) => setTimeout(resolve, 30))
  hungUp.destroy()
  expect(await send(relay, await sign(BODY))).toMatchObject({ status: 200 })
  expect(log.filter(({ event }) => event === "request_failed")).toEqual([])
})

test("requests sent before the answers to earlier ones are answered in their order", async () => {
  const { relay } = await startRelay()
  const wrong = await raw(BODY, ["x-belay-deadline: soon"])
  const text = await sendRaw(relay, Buffer.concat([await raw(BODY), wrong, await raw(BODY)]))
  expect(statusLines(text)).toEqual(["HTTP/1.1 200", "HTTP/1.1 400", "HTTP/1.1 200"])
})

test("a header given twice is not one of them", async () => {
  const { relay } = await startRelay()
  const twice = await raw(BODY, ["x-belay-key: another"])
  expect(statusLines(await sendRaw(relay, twice))).toEqual(["HTTP/1.1 401"])
})

test("bytes that are not UTF-8 are refused, not replaced", async () => {
  const { relay } = await startRelay()
  const bytes = [0xff, 0xc0, 0x80].map((byte) => Buffer.from([byte]))
  for (const byte of [...bytes, Buffer.from([0xed, 0xa0, 0x80])]) {
    const body = Buffer.concat([Buffer.from('{"ids":["'), byte, Buffer.from('"]}')])
    const text = await sendRaw(relay, await raw(body))
    expect(statusLines(text)).toEqual(["HTTP/1.1 400"])
    expect(text).toContain("body: expected UTF-8, got other bytes")
  }
  const marked = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(BODY)])
  expect(await sendRaw(relay, await raw(marked))).toContain("body: expected JSON")
})

test("nesting beyond all measure is refused like any other wrong form", async () => {
  const { relay } = await startRelay()
  for (const body of [
    "[".repeat(1_000_000),
    `{"ids":${"[".repeat(500_000)}${"]".repeat(500_000)}}`,
    `${'{"ids":'.repeat(200_000)}1${"}".repeat(200_000)}`,
  ]) {
    expect(await send(relay, await sign(body))).toMatchObject({ status: 400, signed: true })
  }
  expect(await send(relay, await sign(BODY))).toMatchObject({ status: 200 })
})

test("names from the language's own inheritance are fields like any other", async () => {
  const { relay } = await startRelay()
  for (const body of [
    '{"ids":["1"],"__proto__":{"ids":[]}}',
    '{"__proto__":{"ids":["1"]}}',
    '{"constructor":{"prototype":{}},"ids":[]}',
    '{"ids":["1"],"toString":1}',
  ]) {
    expect(await send(relay, await sign(body))).toMatchObject({ status: 400 })
  }
  const path = "/v1/create_accounts"
  const nested = '{"accounts":[{"id":"1","ledger":1,"code":1,"__proto__":{"code":2}}]}'
  expect(await send(relay, await sign(nested, { path }), path)).toMatchObject({ status: 400 })
})
