// The relay's half of the signatures, with Node's own cryptography: several times faster than the portable one.
// Owns: making and checking them. The texts under them are `ledger/signature.ts`'s.
import { hash, timingSafeEqual } from "node:crypto"
import {
  answerText,
  requestText,
  type SignedAnswer,
  type SignedRequest,
} from "../../ledger/signature.ts"
import { Hmac } from "./hmac.ts"

export class RelaySigner {
  readonly #hmac: Hmac

  constructor(secret: string) {
    this.#hmac = new Hmac(secret)
  }

  /** Whether `signature` (64 hex digits) is the caller's over this request; in constant time. */
  verify(request: SignedRequest, signature: string): boolean {
    return this.#hmac.verify(requestText(request), signature)
  }

  /** HMAC-SHA256 in hex. */
  sign(answer: SignedAnswer): string {
    return this.#hmac.sign(answerText(answer))
  }
}

/** SHA-256 in hex. */
export function hashBytes(bytes: string | Buffer): string {
  return hash("sha256", bytes, "hex")
}

/** Whether two texts are the same, in a time that does not tell where they differ. */
export function isSameSecret(given: string, expected: string): boolean {
  return timingSafeEqual(hash("sha256", given, "buffer"), hash("sha256", expected, "buffer"))
}
