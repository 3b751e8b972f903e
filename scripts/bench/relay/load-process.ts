// Load process: makes the requests and sends them, in a process of its own.

import { sendInTurn } from "./load-connection.ts"
import type { LoadAnswer, LoadQuestion } from "./messages.ts"
import { answerQuestions, cpuTimeMs } from "./bench-process.ts"
import { accountsBodies, signedRequest, transfersBody } from "./signed-request.ts"

let requests: readonly Buffer[] = []

answerQuestions<LoadQuestion, LoadAnswer>(async (question) => {
  switch (question.ask) {
    case "accounts": {
      const bodies = accountsBodies()
      const all = bodies.map((body) => signedRequest("create_accounts", body, question.key))
      await sendInTurn(question.port, () => all.pop())
      return { answer: "ready" }
    }
    case "prepare": {
      const { key, eventsPerRequest } = question
      requests = Array.from({ length: question.requests }, () =>
        signedRequest("create_transfers", transfersBody(eventsPerRequest), key),
      )
      return { answer: "ready" }
    }
    case "send":
      return sendAll(question.port, question.connections, question.timeMsMax)
  }
})

async function sendAll(port: number, connections: number, timeMsMax: number): Promise<LoadAnswer> {
  let sent = 0
  const cpuMsBefore = cpuTimeMs()
  const begunMs = performance.now()
  const next = () => {
    if (performance.now() - begunMs > timeMsMax) return undefined
    return requests[sent] === undefined ? undefined : requests[sent++]
  }
  const sending = Array.from({ length: connections }, () => sendInTurn(port, next))
  const refused = (await Promise.allSettled(sending)).find(({ status }) => status === "rejected")
  if (refused?.status === "rejected") return { answer: "refused", message: String(refused.reason) }
  const elapsedMs = performance.now() - begunMs
  return { answer: "sent", requests: sent, elapsedMs, cpuMs: cpuTimeMs() - cpuMsBefore }
}
