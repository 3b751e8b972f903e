// Idempotency key: the caller's own name for one message, so that sending it again is the same message.
// Owns: what such a header may hold. Must not touch: remembering keys (the run does).

import { BelayError } from "../engine/errors.ts"
import { IDEMPOTENCY_KEY_BYTES_MAX } from "../engine/limits.ts"

const PRINTABLE_ASCII = /^[\x20-\x7e]+$/

/** The `Idempotency-Key` header, `undefined` when absent. @throws BelayError invalid_request */
export function idempotencyKeyOf(request: Request): string | undefined {
  const key = request.headers.get("Idempotency-Key")
  if (key === null) return undefined
  if (key.length <= IDEMPOTENCY_KEY_BYTES_MAX && PRINTABLE_ASCII.test(key)) return key
  throw new BelayError(
    "invalid_request",
    `Idempotency-Key: expected 1 to ${IDEMPOTENCY_KEY_BYTES_MAX} printable ASCII characters.`,
    { fields: ["Idempotency-Key"] },
  )
}
