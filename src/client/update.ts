// Update: a message whose answer is waited for, over as many questions as it takes.
// Owns: when the wait is over. The message stays one message by its key, however often it is asked.

import { BelayClientError } from "./error.ts"
import { paced } from "./pause.ts"
import type { Shape } from "./shape.ts"
import { SAID } from "./shapes.ts"
import type { Transport } from "./transport.ts"

export interface Message {
  readonly id: string
  readonly name: string
  readonly value: unknown
  readonly idempotencyKey?: string | undefined
  readonly timeoutMs?: number | undefined
  readonly signal?: AbortSignal | undefined
}

/** How long the server is asked to hold one question open. */
const QUESTION_MS = 10_000

/** Its answer, or where it will be. */
const ANSWER: Shape = (value, at) => {
  const problem = SAID(value, at)
  if (problem !== undefined) return problem
  const isAnswer = "reply" in (value as object) || "statusUrl" in (value as object)
  return isAnswer ? undefined : "it has neither a reply nor a statusUrl"
}

export async function update<Reply>(
  transport: Transport,
  { id, name, value, idempotencyKey = crypto.randomUUID(), timeoutMs, signal }: Message,
): Promise<Reply> {
  const untilMs = timeoutMs === undefined ? Infinity : Date.now() + timeoutMs
  for (;;) {
    const askedAtMs = Date.now()
    const leftMs = Math.max(0, untilMs - askedAtMs)
    const { status, body } = await transport.json<{ readonly reply: Reply }>({
      method: "POST",
      path: ["v1", "runs", id, "updates", name],
      waitMs: Math.floor(Math.min(QUESTION_MS, leftMs)),
      headers: { "idempotency-key": idempotencyKey },
      body: value,
      shape: ANSWER,
      statuses: [200, 202],
      isRepeatable: true,
      signal,
    })
    if (status === 200) return body.reply
    if (Date.now() >= untilMs) {
      throw new BelayClientError({
        code: "timeout",
        message: `Run "${id}" has not answered the update "${name}" within ${timeoutMs ?? 0} ms. The message stays with it; sent again with the key "${idempotencyKey}" it is the same one.`,
        status,
        details: { idempotencyKey },
      })
    }
    await paced(askedAtMs, signal)
  }
}
