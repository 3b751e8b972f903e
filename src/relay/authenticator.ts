// Who is asking: the check of a request's signature.
// Owns: the live keys, the clock window and the nonces. Must not parse the body.
//   A1. Nothing about time or replay is said before the signature fits: strangers learn nothing.
//   A2. Each signed request is accepted at most once by this process.
import type { IncomingHttpHeaders } from "node:http"
import { CLOCK_SKEW_MS_MAX } from "../ledger/limits.ts"
import {
  KEY_HEADER,
  NONCE_FORM,
  NONCE_HEADER,
  SIGNATURE_FORM,
  SIGNATURE_HEADER,
  TIME_FORM,
  TIME_HEADER,
} from "../ledger/signature.ts"
import { NonceCache } from "./nonce-cache.ts"
import { hashBytes, RelaySigner } from "./relay-signer.ts"

/** Why a request was refused, for logs and metrics. */
export type AuthRefusal = "headers" | "key" | "signature" | "time" | "replay" | "nonces_full"

export type Authentication =
  | { readonly kind: "accepted"; readonly signer: RelaySigner; readonly nonce: string }
  | { readonly kind: "refused"; readonly reason: AuthRefusal; readonly message: string }

export interface UncheckedRequest {
  readonly method: string
  readonly path: string
  readonly headers: IncomingHttpHeaders
  readonly body: Buffer
}

const SIGNATURE_MESSAGE =
  "The signature does not fit; check the key id, its secret, and that nothing changes the request on its way."

export class Authenticator {
  readonly #signers: ReadonlyMap<string, RelaySigner>
  readonly #nonces = new NonceCache(CLOCK_SKEW_MS_MAX)

  /** @param keys secrets by key id; two at once while one replaces the other. */
  constructor(keys: ReadonlyMap<string, string>) {
    this.#signers = new Map([...keys].map(([id, secret]) => [id, new RelaySigner(secret)]))
  }

  check(request: UncheckedRequest, nowMs: number): Authentication {
    const keyId = header(request.headers, KEY_HEADER)
    const time = header(request.headers, TIME_HEADER)
    const nonce = header(request.headers, NONCE_HEADER)
    const signature = header(request.headers, SIGNATURE_HEADER)
    if (!TIME_FORM.test(time) || !NONCE_FORM.test(nonce) || !SIGNATURE_FORM.test(signature)) {
      const message = `The headers ${KEY_HEADER}, ${TIME_HEADER}, ${NONCE_HEADER} and ${SIGNATURE_HEADER} are needed, in their forms.`
      return { kind: "refused", reason: "headers", message }
    }
    const signer = this.#signers.get(keyId)
    if (signer === undefined) return refused("key", SIGNATURE_MESSAGE)

    const { method, path } = request
    const timeMs = Number(time)
    const bodyHash = hashBytes(request.body)
    if (!signer.verify({ method, path, timeMs, nonce, bodyHash }, signature)) {
      return refused("signature", SIGNATURE_MESSAGE)
    }
    const skewMs = timeMs - nowMs
    if (Math.abs(skewMs) > CLOCK_SKEW_MS_MAX) {
      return refused(
        "time",
        `The request was signed ${Math.abs(skewMs)} ms ${skewMs < 0 ? "ago" : "ahead"} by this clock; at most ${CLOCK_SKEW_MS_MAX} ms are accepted.`,
      )
    }
    switch (this.#nonces.add(`${keyId}:${nonce}`, timeMs, nowMs)) {
      case "fresh":
        return { kind: "accepted", signer, nonce }
      case "seen":
        return refused("replay", "This very request was accepted before; sign a new one.")
      case "full":
        return refused("nonces_full", "Too many requests within a minute; try again later.")
    }
  }
}

function refused(reason: AuthRefusal, message: string): Authentication {
  return { kind: "refused", reason, message }
}

function header(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name]
  return typeof value === "string" ? value : ""
}
