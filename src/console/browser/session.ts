// Session: the access token of this tab.
// Owns: where it is kept. Must not touch: how it is asked for (sign-in.ts) and sent (api.ts).
//   T1. The token is kept for this tab alone and goes with it; it is never written to a URL.

const KEY = "belay.token"

export function storedToken(): string | undefined {
  return sessionStorage.getItem(KEY) ?? undefined
}

export function storeToken(token: string): void {
  sessionStorage.setItem(KEY, token)
}

export function forgetToken(): void {
  sessionStorage.removeItem(KEY)
}
