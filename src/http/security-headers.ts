// Security headers: what every answer carries unless its route has set its own: answers are data, not pages, and nobody
// else's to keep.
// Owns: the headers, and which answers were made with them.

const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  "x-content-type-options": "nosniff",
  "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
  "x-frame-options": "DENY",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "cache-control": "no-store",
}

const secured = new WeakSet<Response>()

/** An answer of our own, made with them at once: to copy it once more would cost as much as a step of a run. */
export function securedAnswer(
  body: string,
  status: number,
  headers: Readonly<Record<string, string>>,
): Response {
  const response = new Response(body, { status, headers: { ...SECURITY_HEADERS, ...headers } })
  secured.add(response)
  return response
}

/** The answer with them. It is copied unless it has them: one passed on from elsewhere has headers that cannot be changed. */
export function withSecurityHeaders(response: Response): Response {
  if (secured.has(response)) return response
  const copy = new Response(response.body, response)
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) {
    if (!copy.headers.has(name)) copy.headers.set(name, value)
  }
  return copy
}
