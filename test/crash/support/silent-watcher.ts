// Silent watcher: somebody who opens a socket or a stream on a run's events and does not read, until a test says so.
// Owns: the connection, and reading the frames of a socket that were sent meanwhile.

import { connect, type Socket } from "node:net"

const CLOSE = 8
const HANDSHAKE = [
  "upgrade: websocket",
  "connection: Upgrade",
  "sec-websocket-version: 13",
  "sec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==",
]

interface Frame {
  readonly opcode: number
  readonly payload: Buffer
}

export interface Read {
  /** Events, in the order they came. */
  readonly messages: readonly { readonly event: string; readonly id: string }[]
  readonly code: number | undefined
  readonly reason: string
}

export class SilentWatcher {
  readonly #socket: Socket

  /** @param way whether it asks for a socket or for server-sent events */
  static async open(url: string, id: string, way: "socket" | "stream"): Promise<SilentWatcher> {
    const { hostname, port } = new URL(url)
    const socket = connect({ host: hostname, port: Number(port) })
    socket.pause()
    await new Promise<void>((resolve, reject) => {
      socket.once("connect", resolve)
      socket.once("error", reject)
    })
    const headers = [`host: ${hostname}`, ...(way === "socket" ? HANDSHAKE : [])]
    socket.write(`GET /v1/runs/${id}/events HTTP/1.1\r\n${headers.join("\r\n")}\r\n\r\n`)
    return new SilentWatcher(socket)
  }

  private constructor(socket: Socket) {
    this.#socket = socket
    // The runtime is killed under it when the test is over.
    socket.on("error", () => undefined)
  }

  leave(): void {
    this.#socket.destroy()
  }

  /** Reads what was sent as a stream, to where the connection ends. */
  async readText(): Promise<string> {
    const pieces: Buffer[] = []
    this.#socket.on("data", (piece: Buffer) => pieces.push(piece))
    this.#socket.resume()
    await new Promise<void>((resolve) => this.#socket.once("close", () => resolve()))
    return Buffer.concat(pieces).toString("utf8")
  }

  /** Reads what was sent over a socket, to its close frame. */
  async read(): Promise<Read> {
    const pieces: Buffer[] = []
    for await (const piece of this.#socket) {
      pieces.push(piece as Buffer)
      const frames = framesIn(Buffer.concat(pieces))
      const last = frames.at(-1)
      if (last?.opcode === CLOSE) {
        const messages = frames.slice(0, -1).map(({ payload }) => messageOf(payload))
        const reason = last.payload.subarray(2).toString("utf8")
        return { messages, code: last.payload.readUInt16BE(0), reason }
      }
    }
    return { messages: [], code: undefined, reason: "" }
  }
}

function messageOf(payload: Buffer): Read["messages"][number] {
  return JSON.parse(payload.toString("utf8")) as Read["messages"][number]
}

/** The whole frames behind the head of the answer; a server's are not masked. */
function framesIn(bytes: Buffer): Frame[] {
  const frames: Frame[] = []
  let at = bytes.indexOf("\r\n\r\n") + 4
  while (at + 2 <= bytes.length) {
    const opcode = (bytes[at] ?? 0) & 0x0f
    let length = (bytes[at + 1] ?? 0) & 0x7f
    at += 2
    if (length === 126) {
      length = bytes.readUInt16BE(at)
      at += 2
    } else if (length === 127) {
      length = Number(bytes.readBigUInt64BE(at))
      at += 8
    }
    if (at + length > bytes.length) break
    frames.push({ opcode, payload: bytes.subarray(at, at + length) })
    at += length
  }
  return frames
}
