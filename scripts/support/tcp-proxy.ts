// TCP proxy: stands before a server and does to its connections what networks do: cuts them, loses one direction, closes
// one half, takes its time, refuses.
// Owns: the connections on both sides. It knows bytes and no protocol: an answer may be cut in its middle.

import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net"

const HOST = "127.0.0.1"

export type WireFault =
  | { readonly kind: "pass" }
  /** Every piece of either direction is handed on this much later. */
  | { readonly kind: "slow"; readonly ms: number }
  /** Both ends are reset once so many bytes of the answer have passed; with 0 the whole answer is lost. */
  | { readonly kind: "cut_answer"; readonly afterBytes: number }
  /** Both ends are reset once so many bytes of the request have passed. */
  | { readonly kind: "cut_request"; readonly afterBytes: number }
  /** The request arrives; the caller sees the connection closed in order, with no answer on it. */
  | { readonly kind: "half_close" }
  /** The request arrives; of the answer nothing is ever seen, and nobody hangs up. */
  | { readonly kind: "silence" }

/** Says what becomes of the next connection. */
export type WirePlan = () => WireFault

const PASS: WireFault = { kind: "pass" }

export class TcpProxy {
  readonly url: string
  /** What becomes of each connection, from now on. */
  plan: WirePlan = () => PASS
  /** Whether new connections are let through; those that are there stay. */
  isOpen = true
  readonly #targetPort: number
  readonly #server: Server
  readonly #sockets = new Set<Socket>()

  static async start(target: string): Promise<TcpProxy> {
    const server = createServer({ allowHalfOpen: true })
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject)
      server.listen(0, HOST, resolve)
    })
    return new TcpProxy(server, Number(new URL(target).port))
  }

  private constructor(server: Server, targetPort: number) {
    this.#server = server
    this.#targetPort = targetPort
    this.url = `http://${HOST}:${(server.address() as AddressInfo).port}`
    server.on("connection", (caller) => this.#join(caller))
  }

  /** Resets every connection there is; the number of them. */
  cut(): number {
    const count = this.#sockets.size / 2
    for (const socket of this.#sockets) socket.resetAndDestroy()
    return Math.ceil(count)
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve))
    this.cut()
    await closed
  }

  #join(caller: Socket): void {
    if (!this.isOpen) {
      caller.on("error", () => undefined)
      caller.resetAndDestroy()
      return
    }
    const server = connect({ port: this.#targetPort, host: HOST, allowHalfOpen: true })
    const end = () => {
      for (const socket of [caller, server]) {
        this.#sockets.delete(socket)
        socket.destroy()
      }
    }
    for (const socket of [caller, server]) {
      this.#sockets.add(socket)
      // A reset is nothing to tell of: both ends see it.
      socket.on("error", end)
      socket.on("close", end)
    }
    const reset = () => {
      caller.resetAndDestroy()
      server.resetAndDestroy()
    }
    const fault = this.plan()
    const delayMs = fault.kind === "slow" ? fault.ms : 0
    pass(caller, server, delayMs, fault.kind === "cut_request" ? fault.afterBytes : Infinity, reset)
    if (fault.kind === "half_close") server.once("data", () => caller.end())
    else if (fault.kind === "silence") server.on("data", () => undefined)
    else {
      const bytes = fault.kind === "cut_answer" ? fault.afterBytes : Infinity
      pass(server, caller, delayMs, bytes, reset)
    }
  }
}

/** Hands on what comes, at most so many bytes, after which `cut` is called. */
function pass(from: Socket, to: Socket, delayMs: number, bytesMax: number, cut: () => void): void {
  let left = bytesMax
  const later = (work: () => void) => {
    if (delayMs === 0) work()
    else setTimeout(work, delayMs).unref()
  }
  from.on("data", (piece) => {
    const part = left >= piece.length ? piece : piece.subarray(0, left)
    left -= part.length
    later(() => {
      if (part.length > 0 && to.writable) to.write(part)
      if (left <= 0) cut()
    })
  })
  from.on("end", () => later(() => to.end()))
}
