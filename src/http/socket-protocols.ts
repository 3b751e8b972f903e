// Socket protocols: what a browser, which cannot set a header, says when it opens a socket.
// Owns: the two names it may offer: `belay.events`, which is named back, and `belay.bearer.<token>`, percent-encoded.

const EVENTS = "belay.events"
const BEARER = "belay.bearer."

/** The token among the protocols offered; `undefined` when this opens no socket, or there is none. */
export function tokenOfSocket(request: Request): string | undefined {
  const bearer = offered(request).find((name) => name.startsWith(BEARER))
  if (bearer === undefined) return undefined
  const token = bearer.slice(BEARER.length)
  try {
    return decodeURIComponent(token)
  } catch {
    // A token with a bare "%" in it, sent as it is.
    return token
  }
}

/** The one to name back: a browser that offered some closes a socket that names none. */
export function chosenProtocol(request: Request): string | undefined {
  const names = offered(request)
  return names.find((name) => name === EVENTS) ?? names.find((name) => name.startsWith(BEARER))
}

function offered(request: Request): readonly string[] {
  if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") return []
  const header = request.headers.get("sec-websocket-protocol") ?? ""
  return header
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "")
}
