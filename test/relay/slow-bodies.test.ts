// Strangers that announce bodies and dribble them: what they can keep others from.
import { connect, type Socket } from "node:net"
import { afterEach, expect, test } from "vitest"
import { BODY_BYTES_MAX } from "../../src/ledger/limits.ts"
import type { Relay } from "../../src/relay/relay.ts"
import { ask, send, sign, signBytes, startRelay } from "./relay-kit.ts"

const PATH = "/v1/lookup_accounts"
const STRANGERS = 200

const sockets: Socket[] = []

afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy()
})

interface Stranger {
  /** All that came back. */
  text(): string
  send(bytes: Buffer): Promise<void>
}

/** Sends a head that announces a body. */
async function announce(
  relay: Relay,
  headers: Record<string, string>,
  lengthBytes = BODY_BYTES_MAX,
): Promise<Stranger> {
  const socket = connect(relay.port, "127.0.0.1")
  sockets.push(socket)
  // Cut off in the middle: that is what the relay is for.
  socket.on("error", () => undefined)
  let text = ""
  socket.on("data", (chunk) => (text += String(chunk)))
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  const head = [`POST ${PATH} HTTP/1.1`, "host: x", `content-length: ${lengthBytes}`, ...lines]
  const write = (bytes: Buffer | string) =>
    new Promise<void>((resolve) => socket.write(bytes, () => resolve()))
  await write(`${head.join("\r\n")}\r\n\r\n`)
  return { text: () => text, send: write }
}

/** Headers in their forms, with a signature that is nobody's. */
async function unsigned(key: string): Promise<Record<string, string>> {
  const headers = await signBytes(new Uint8Array())
  return { ...headers, "x-belay-key": key, "x-belay-signature": "0".repeat(64) }
}

async function expectHonestCalls(relay: Relay): Promise<void> {
  for (let call = 0; call < 10; call += 1) {
    expect(await ask(relay, PATH, { ids: ["1"] })).toMatchObject({ status: 200, signed: true })
  }
}

test("whoever has no key is refused before its body, and the connection ends", async () => {
  const { relay } = await startRelay()
  const noKey = await unsigned("nobody")
  const late = { ...(await unsigned("test")), "x-belay-time": `${Date.now() - 70_000}` }
  const strangers = await Promise.all(
    Array.from({ length: STRANGERS }, (_, index) => announce(relay, index % 2 ? noKey : late)),
  )
  await expectHonestCalls(relay)
  for (const stranger of strangers) {
    await expect.poll(() => stranger.text()).toMatch(/^HTTP\/1\.1 401 [^]*connection: close\r\n/i)
    expect(stranger.text()).not.toContain("x-belay-signature")
  }
})

test("whoever knows a key's id alone keeps nobody out by announcing", async () => {
  const { relay } = await startRelay()
  const headers = await unsigned("test")
  await Promise.all(Array.from({ length: STRANGERS }, () => announce(relay, headers)))
  await expectHonestCalls(relay)
  const large = `{"ids":[]}`.padEnd(BODY_BYTES_MAX, " ")
  expect(await send(relay, await sign(large))).toMatchObject({ status: 200 })
})

test("whoever sends almost all of it keeps nobody out either: who is longest at it gives way", async () => {
  const { relay } = await startRelay()
  const headers = await unsigned("test")
  const bytes = Buffer.alloc(BODY_BYTES_MAX - 1, 32)
  const strangers: Stranger[] = []
  for (let index = 0; index < 40; index += 1) {
    const stranger = await announce(relay, headers)
    await stranger.send(bytes)
    strangers.push(stranger)
  }
  const [first] = strangers
  await expect.poll(() => first?.text()).toMatch(/^HTTP\/1\.1 429 [^]*connection: close\r\n/i)
  expect(first?.text()).not.toContain("x-belay-signature")
  await expectHonestCalls(relay)
  const large = `{"ids":[]}`.padEnd(BODY_BYTES_MAX, " ")
  expect(await send(relay, await sign(large))).toMatchObject({ status: 200 })
})

test("small bodies give way to small ones in the same manner", async () => {
  const { relay } = await startRelay()
  const headers = await unsigned("test")
  const lengthBytes = 60_000
  const bytes = Buffer.alloc(lengthBytes - 1, 32)
  const strangers: Stranger[] = []
  for (let index = 0; index < 300; index += 1) {
    const stranger = await announce(relay, headers, lengthBytes)
    await stranger.send(bytes)
    strangers.push(stranger)
  }
  await expect.poll(() => strangers[0]?.text()).toMatch(/^HTTP\/1\.1 429 /)
  await expectHonestCalls(relay)
})
