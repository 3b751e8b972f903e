// Promise token: what lets its holder settle a promise: where the run is, and a secret nobody can guess.
// Owns: making and reading tokens. Form: base64url(run id) "." incarnation "." 24 random bytes in base64url.

const SECRET_BYTES = 24
const TOKEN_LENGTH_MAX = 600

export function newPromiseToken(runId: string, incarnation: string): string {
  const secret = crypto.getRandomValues(new Uint8Array(SECRET_BYTES))
  return `${base64Url(new TextEncoder().encode(runId))}.${incarnation}.${base64Url(secret)}`
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

function base64Url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "")
}
