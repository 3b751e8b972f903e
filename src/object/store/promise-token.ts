// Promise token: what lets its holder settle a promise: where the run is, and a secret nobody can guess.
// Owns: making, reading and comparing tokens. Form: base64url(run id) "." incarnation "." 24 random bytes in base64url.
//   T1. How long a wrong token takes tells nothing of the right one: only what finds its row is looked up, 6 of the
//       random bytes; the 18 behind them are compared in constant time.

const SECRET_BYTES = 24

/** Characters of the secret that find the row: 6 bytes. */
const FINDING_LENGTH = 8

/** Characters of the whole secret. */
const SECRET_LENGTH = 32

/** Behind every character of a token in the order of the rows. */
const BEHIND_ALL = "~"

const TOKEN_LENGTH_MAX = 600

const encoder = new TextEncoder()

export function newPromiseToken(runId: string, incarnation: string): string {
  const secret = crypto.getRandomValues(new Uint8Array(SECRET_BYTES))
  return `${base64Url(encoder.encode(runId))}.${incarnation}.${base64Url(secret)}`
}

/** The run a token belongs to; `undefined` for anything that is no token. */
export function runIdOfToken(token: string): string | undefined {
  const [id, incarnation, secret, ...rest] = token.split(".")
  if (!id || !incarnation || !secret || rest.length > 0 || token.length > TOKEN_LENGTH_MAX)
    return undefined
  try {
    const bytes = Uint8Array.from(atob(id.replaceAll("-", "+").replaceAll("_", "/")), (c) =>
      c.charCodeAt(0),
    )
    const runId = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes)
    return runId === "" ? undefined : runId
  } catch {
    // Not base64, or not UTF-8: whoever made it up learns no more than that it is unknown.
    return undefined
  }
}

/** Between which texts the row of a token stands; `undefined` for one that cannot have any. */
export function findingRange(token: string): readonly [string, string] | undefined {
  const start = token.lastIndexOf(".") + 1
  if (token.length - start !== SECRET_LENGTH) return undefined
  const finding = token.slice(0, start + FINDING_LENGTH)
  return [finding, finding + BEHIND_ALL]
}

/** Compares in constant time; only their lengths, which are no secret, are compared before. */
export function isSameToken(one: string, other: string): boolean {
  const left = encoder.encode(one)
  const right = encoder.encode(other)
  return left.length === right.length && crypto.subtle.timingSafeEqual(left, right)
}

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "")
}
