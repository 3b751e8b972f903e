// Who is asking: the check of a request's signature.
// Owns: the live keys, the clock window, the nonces, and for what this process may vouch. Must not parse the body.
//   A1. A stranger learns which key ids are live and what time it is here, and neither is a secret; nothing is said
//       about audience or replay before the signature fits.
//   A2. Each signed request is accepted at most once by this process.
//   A3. Only for a request that was signed since this process listens it may say that nothing was submitted: an older
//       one may have reached a process before it. Both times are taken as they are, each by its own clock.
import type { IncomingHttpHeaders } from "node:http"
import { CLOCK_SKEW_MS_MAX } from "../../ledger/limits.ts"
import {
  AUDIENCE_FORM,
  AUDIENCE_HEADER,
  KEY_HEADER,
  NONCE_FORM,
  NONCE_HEADER,
  SIGNATURE_FORM,
  SIGNATURE_HEADER,
  TIME_FORM,
  TIME_HEADER,
} from "../../ledger/signature.ts"
import type { KeyGrant, KeyRights } from "./key-rights.ts"
import { NonceCache } from "./nonce-cache.ts"
import { hashBytes, RelaySigner } from "./relay-signer.ts"

/** Why a request was refused, for logs and metrics. */
export type AuthRefusal =
  "headers" | "key" | "signature" | "audience" | "time" | "replay" | "nonces_full"

/** A key that requests are accepted from. */
export interface LiveKey {
  readonly id: string
  readonly signer: RelaySigner
  readonly rights: KeyRights
  readonly nonces: NonceCache
}

/** Of all keys together: about 100 MB. With one key it is full at some 16,000 requests a second for a minute. */
const NONCES_MAX = 1_000_000

/** What a request's head says of who asks: in its forms, for a live key and in time. Nothing of it is proven. */
interface Claim {
  readonly kind: "claimed"
  readonly key: LiveKey
  readonly audience: string
  readonly timeMs: number
  readonly nonce: string
  readonly signature: string
}

export interface Accepted {
  readonly kind: "accepted"
  readonly key: LiveKey
  readonly nonce: string
  /** When it was signed, by the caller's clock, in ms since 1970. */
  readonly timeMs: number
  /** SHA-256 in hex. */
  readonly bodyHash: string
  /** Whether a refusal proves that the request was not submitted. */
  readonly vouched: boolean
}

export interface Refused {
  readonly kind: "refused"
  readonly reason: AuthRefusal
  readonly message: string
}

const HEADERS_MESSAGE = `The headers ${KEY_HEADER}, ${AUDIENCE_HEADER}, ${TIME_HEADER}, ${NONCE_HEADER} and ${SIGNATURE_HEADER} are needed, in their forms.`

const SIGNATURE_MESSAGE =
  "The signature does not fit; check the key id, its secret, and that nothing changes the request on its way."

export class Authenticator {
  readonly #keys: ReadonlyMap<string, LiveKey>
  readonly #audiences: readonly string[] | undefined
  /** By this clock, in ms since 1970. */
  #listensSinceMs = Infinity

  /**
   * @param grants by key id; two at once while one replaces the other.
   * @param audiences origins; where they are left out, a request may name any.
   */
  constructor(grants: ReadonlyMap<string, KeyGrant>, audiences?: readonly string[]) {
    this.#audiences = audiences
    // Each key has its share: one that asks too much keeps no other from asking.
    const noncesMax = Math.floor(NONCES_MAX / Math.max(grants.size, 1))
    this.#keys = new Map(
      [...grants].map(([id, { secret, rights }]) => {
        const nonces = new NonceCache(CLOCK_SKEW_MS_MAX, noncesMax)
        return [id, { id, signer: new RelaySigner(secret), rights, nonces }]
      }),
    )
  }

  get noncesHeld(): number {
    let held = 0
    for (const { nonces } of this.#keys.values()) held += nonces.size
    return held
  }

  /** Until this is said, it vouches for nothing. */
  listensSince(nowMs: number): void {
    this.#listensSinceMs = nowMs
  }

  /** Reads the head: who cannot be accepted whatever the body is, is refused before it. */
  readClaim(headers: IncomingHttpHeaders, nowMs: number): Claim | Refused {
    const audience = header(headers, AUDIENCE_HEADER)
    const time = header(headers, TIME_HEADER)
    const nonce = header(headers, NONCE_HEADER)
    const signature = header(headers, SIGNATURE_HEADER)
    const formed =
      AUDIENCE_FORM.test(audience) &&
      TIME_FORM.test(time) &&
      NONCE_FORM.test(nonce) &&
      SIGNATURE_FORM.test(signature)
    if (!formed) return refused("headers", HEADERS_MESSAGE)
    const key = this.#keys.get(header(headers, KEY_HEADER))
    if (key === undefined) return refused("key", SIGNATURE_MESSAGE)
    const timeMs = Number(time)
    const claim: Claim = { kind: "claimed", key, audience, timeMs, nonce, signature }
    return refusedTime(timeMs, nowMs) ?? claim
  }

  /** Holds the claim against what was signed; the time once more, since the body may have taken long. */
  check(claim: Claim, path: string, body: Buffer, nowMs: number): Accepted | Refused {
    const { key, audience, timeMs, nonce, signature } = claim
    const bodyHash = hashBytes(body)
    const signed = { method: "POST", path, audience, timeMs, nonce, bodyHash }
    if (!key.signer.verify(signed, signature)) return refused("signature", SIGNATURE_MESSAGE)
    if (this.#audiences?.includes(audience) === false) {
      return refused("audience", `The request is for ${audience}; this relay is another one.`)
    }
    const late = refusedTime(timeMs, nowMs)
    if (late !== undefined) return late
    switch (key.nonces.add(nonce, timeMs, nowMs)) {
      case "fresh": {
        const vouched = timeMs >= this.#listensSinceMs
        return { kind: "accepted", key, nonce, timeMs, bodyHash, vouched }
      }
      case "seen":
        return refused("replay", "This very request was accepted before; sign a new one.")
      case "full":
        return refused("nonces_full", "Too many requests within a minute; try again later.")
    }
  }
}

function refusedTime(timeMs: number, nowMs: number): Refused | undefined {
  const skewMs = timeMs - nowMs
  if (Math.abs(skewMs) <= CLOCK_SKEW_MS_MAX) return undefined
  return refused(
    "time",
    `The request was signed ${Math.abs(skewMs)} ms ${skewMs < 0 ? "ago" : "ahead"} by this clock; at most ${CLOCK_SKEW_MS_MAX} ms are accepted.`,
  )
}

function refused(reason: AuthRefusal, message: string): Refused {
  return { kind: "refused", reason, message }
}

function header(headers: IncomingHttpHeaders, name: string): string {
  const value = headers[name]
  return typeof value === "string" ? value : ""
}
