// The relay's half of the signatures, with Node's own cryptography: several times faster than the portable one.
// Owns: making and checking them. The texts under them are `ledger/signature.ts`'s.
import {
  createHash,
  createHmac,
  createSecretKey,
  type KeyObject,
  timingSafeEqual,
} from "node:crypto"
import {
  answerText,
  requestText,
  type SignedAnswer,
  type SignedRequest,
} from "../ledger/signature.ts"

export class RelaySigner {
  readonly #key: KeyObject

  constructor(secret: string) {
    this.#key = createSecretKey(secret, "utf8")
  }

  /** Whether `signature` (64 hex digits) is the caller's over this request; in constant time. */
  verify(request: SignedRequest, signature: string): boolean {
    const expected = createHmac("sha256", this.#key).update(requestText(request)).digest()
    const given = Buffer.from(signature, "hex")
    return given.length === expected.length && timingSafeEqual(given, expected)
  }

  /** HMAC-SHA256 in hex. */
  sign(answer: SignedAnswer): string {
    return createHmac("sha256", this.#key).update(answerText(answer)).digest("hex")
  }
}

/** SHA-256 in hex. */
export function hashBytes(bytes: string | Buffer): string {
  return createHash("sha256").update(bytes).digest("hex")
}
