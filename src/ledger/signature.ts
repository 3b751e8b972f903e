// How a request to the relay and its answer are signed.
// Owns: the headers, the exact texts under the signatures, and the edge's way to make and check them.
// The relay signs the same texts with Node's own cryptography; a test holds the two together.
//   S1. The signature covers version, method, path, audience, time, nonce and the body's hash: nothing can be
//       swapped.
//   S2. An answer is signed over the request's nonce: it fits one request and no other.
//   S3. Who plays a request again cannot harvest a signed "not submitted" for something that was submitted before:
//       - the same process accepts each nonce once, and only an accepted request gets a signed answer;
//       - a process that was started since then signs no "not submitted" for what is older than itself;
//       - another relay refuses what names an audience that it is not.
//       This rests on two things: relays that share a key know their own audiences, and the caller's clock is not
//       ahead of the relay's by more than a restart takes. It reaches back only: a request that was refused can still
//       be played, while its time is good, to a process that is started after the refusal.
//   S4. Signatures are compared in constant time.

/** A shared secret with the name it goes by; several may be live while one replaces the other. */
export interface RelayKey {
  readonly id: string
  readonly secret: string
}

export const KEY_HEADER = "x-belay-key"
/** ms since 1970 by the sender's clock. */
export const TIME_HEADER = "x-belay-time"
export const NONCE_HEADER = "x-belay-nonce"
/** The origin that the sender addresses, as a URL's `origin` has it: which relay the request is for. */
export const AUDIENCE_HEADER = "x-belay-audience"
export const SIGNATURE_HEADER = "x-belay-signature"
/** ms since 1970 after which nobody waits for the answer. Not signed: to change it is to lose the answer, no more. */
export const DEADLINE_HEADER = "x-belay-deadline"

/** Bounded, lower case, and without a line break. */
export const AUDIENCE_FORM = /^https?:\/\/[a-z0-9._:[\]-]{1,261}$/
export const NONCE_FORM = /^[0-9a-f]{32}$/
export const SIGNATURE_FORM = /^[0-9a-f]{64}$/
export const TIME_FORM = /^[1-9][0-9]{0,15}$/
/** Key ids stand in headers and logs. */
export const KEY_ID_FORM = /^[A-Za-z0-9._-]{1,64}$/

const NONCE_BYTES = 16

/** What a request's signature covers; `bodyHash` is SHA-256 in hex. */
export interface SignedRequest {
  readonly method: string
  readonly path: string
  readonly audience: string
  readonly timeMs: number
  readonly nonce: string
  readonly bodyHash: string
}

/** What an answer's signature covers; the nonce is the request's, `bodyHash` is SHA-256 in hex. */
export interface SignedAnswer {
  readonly nonce: string
  readonly status: number
  readonly bodyHash: string
}

// No part can hold a line break, so no two requests have the same text.
export function requestText(request: SignedRequest): string {
  const { method, path, audience, timeMs, nonce, bodyHash } = request
  return ["belay-relay-request-1", method, path, audience, timeMs, nonce, bodyHash].join("\n")
}

export function answerText(answer: SignedAnswer): string {
  return ["belay-relay-answer-1", answer.nonce, answer.status, answer.bodyHash].join("\n")
}

const encoder = new TextEncoder()

/** The edge's half: signs requests, checks answers. One for each key. */
export class EdgeSigner {
  readonly keyId: string
  readonly #key: ReturnType<typeof crypto.subtle.importKey>

  constructor(key: RelayKey) {
    this.keyId = key.id
    this.#key = crypto.subtle.importKey(
      "raw",
      encoder.encode(key.secret),
      { name: "HMAC", hash: "SHA-256" },
      false,
      ["sign", "verify"],
    )
    // A refused import is reported to whoever signs first; until then it is not an unhandled rejection.
    this.#key.catch(() => undefined)
  }

  /** HMAC-SHA256 in hex. */
  async sign(request: SignedRequest): Promise<string> {
    const text = encoder.encode(requestText(request))
    return toHex(await crypto.subtle.sign("HMAC", await this.#key, text))
  }

  /** Whether `signature` is the relay's over this answer. */
  async verify(answer: SignedAnswer, signature: string): Promise<boolean> {
    if (!SIGNATURE_FORM.test(signature)) return false
    const text = encoder.encode(answerText(answer))
    return crypto.subtle.verify("HMAC", await this.#key, fromHex(signature), text)
  }
}

/** SHA-256 in hex. */
export async function hashBody(body: Uint8Array): Promise<string> {
  return toHex(await crypto.subtle.digest("SHA-256", body))
}

/** 128 random bits in hex: never twice. */
export function makeNonce(): string {
  return toHex(crypto.getRandomValues(new Uint8Array(NONCE_BYTES)).buffer)
}

function toHex(buffer: ArrayBuffer): string {
  return Array.from(new Uint8Array(buffer), (byte) => byte.toString(16).padStart(2, "0")).join("")
}

function fromHex(text: string): Uint8Array {
  return Uint8Array.from(text.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16))
}
