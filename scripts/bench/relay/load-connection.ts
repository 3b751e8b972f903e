// Load connection: one keep-alive connection that sends a request, reads its answer, and sends the next.
// Owns: as little reading of the answer as tells where it ends and whether it is good.

import { connect, type Socket } from "node:net"

const HEAD_END = "\r\n\r\n"
const GOOD_HEAD = "HTTP/1.1 200 "
/** Of a body whose first event was created; the others are as good. */
const GOOD_BODY = '{"outcomes":[{"class":"success","status":"created"'

/** Sends what `next` gives until it gives nothing. @throws Error for any answer that is not good */
export function sendInTurn(port: number, next: () => Buffer | undefined): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  const socket = connect({ port, host: "127.0.0.1", noDelay: true })
  const sendNext = () => {
    const request = next()
    if (request === undefined) socket.end()
    else socket.write(request)
  }
  socket.once("connect", sendNext)
  readAnswers(socket, sendNext)
  socket.once("error", reject)
  // After an error this is too late to matter.
  socket.once("close", () => resolve())
  return promise
}

function readAnswers(socket: Socket, answered: () => void): void {
  /** The answer up to where its body is seen to be good; empty from then on. */
  let start = ""
  /** Bytes of the body still to come; `undefined` while that is not known. */
  let missing: number | undefined
  socket.on("data", (chunk: Buffer) => {
    if (missing === undefined) {
      start += chunk.toString("latin1")
      const bodyBegin = start.indexOf(HEAD_END) + HEAD_END.length
      if (bodyBegin < HEAD_END.length) return
      const isGoodHead = start.startsWith(GOOD_HEAD)
      if (isGoodHead && start.length < bodyBegin + GOOD_BODY.length) return
      const length = /\r\ncontent-length: (\d+)\r\n/i.exec(start)?.[1]
      if (!isGoodHead || !start.startsWith(GOOD_BODY, bodyBegin) || length === undefined) {
        socket.destroy(new Error(`Expected 200 and created, got:\n${start.slice(0, 1_000)}`))
        return
      }
      missing = Number(length) - (start.length - bodyBegin)
      start = ""
    } else {
      missing -= chunk.length
    }
    if (missing > 0) return
    missing = undefined
    answered()
  })
}
