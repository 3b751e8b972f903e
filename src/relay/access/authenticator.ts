// Who is asking: the check of a request's signature.
// Owns: the live keys, the clock window and the nonces. Must not parse the body.
//   A1. Nothing about time or replay is said before the signature fits: strangers learn nothing.
//   A2. Each signed request is accepted at most once by this process.
import type { IncomingHttpHeaders } from "node:http"
import { CLOCK_SKEW_MS_MAX } from "../../ledger/limits.ts"
import {
  KEY_HEADER,
  NONCE_FORM,
  NONCE_HEADER,
  SIGNATURE_FORM,
  SIGNATURE_HEADER,
  TIME_FORM,
  TIME_HEADER,
} from "../../ledger/signature.ts"
import { CallersClock } from "./callers-clock.ts"
import type { KeyGrant, KeyRights } from "./key-rights.ts"
import { NonceCache } from "./nonce-cache.ts"
import { hashBytes, RelaySigner } from "./relay-signer.ts"

/** Why a request was refused, for logs and metrics. */
export type AuthRefusal = "headers" | "key" | "signature" | "time" | "replay" | "nonces_full"

/** A key that requests are accepted from. */
export interface LiveKey {
  readonly id: string
  readonly signer: RelaySigner
  readonly rights: KeyRights
  readonly nonces: NonceCache
  readonly clock: CallersClock
}

/** Of all keys together: about 100 MB. With one key it is full at some 16,000 requests a second for a minute. */
const NONCES_MAX = 1_000_000

export type Authentication =
  | {
      readonly kind: "accepted"
      readonly key: LiveKey
      readonly nonce: string
      /** What time it is for the caller, in ms since 1970. */
      readonly callersNowMs: number
      /** SHA-256 in hex. */
      readonly bodyHash: string
    }
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
  readonly #keys: ReadonlyMap<string, LiveKey>

  /** @param grants by key id; two at once while one replaces the other. */
  constructor(grants: ReadonlyMap<string, KeyGrant>) {
    // Each key has its share: one that asks too much keeps no other from asking.
    const noncesMax = Math.floor(NONCES_MAX / Math.max(grants.size, 1))
    this.#keys = new Map(
      [...grants].map(([id, { secret, rights }]) => {
        const nonces = new NonceCache(CLOCK_SKEW_MS_MAX, noncesMax)
        return [
          id,
          { id, signer: new RelaySigner(secret), rights, nonces, clock: new CallersClock() },
        ]
      }),
    )
  }

  get noncesHeld(): number {
    let held = 0
    for (const { nonces } of this.#keys.values()) held += nonces.size
    return held
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
    const key = this.#keys.get(keyId)
    if (key === undefined) return refused("key", SIGNATURE_MESSAGE)

    const { method, path } = request
    const timeMs = Number(time)
    const bodyHash = hashBytes(request.body)
    if (!key.signer.verify({ method, path, timeMs, nonce, bodyHash }, signature)) {
      return refused("signature", SIGNATURE_MESSAGE)
    }
    const skewMs = timeMs - nowMs
    if (Math.abs(skewMs) > CLOCK_SKEW_MS_MAX) {
      return refused(
        "time",
        `The request was signed ${Math.abs(skewMs)} ms ${skewMs < 0 ? "ago" : "ahead"} by this clock; at most ${CLOCK_SKEW_MS_MAX} ms are accepted.`,
      )
    }
    switch (key.nonces.add(nonce, timeMs, nowMs)) {
      case "fresh": {
        const callersNowMs = key.clock.nowMs(timeMs, nowMs)
        return { kind: "accepted", key, nonce, callersNowMs, bodyHash }
      }
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
