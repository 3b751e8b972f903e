// HTTP case: one request as it is to be sent, bytes and all, and how a person sends it again.
// Owns: the shape and its text. Pure: the same case can be written to a socket or made a Request.

export interface HttpCase {
  readonly method: string
  /** Path and query, as they stand in the request line. */
  readonly target: string
  /** In their order, a name may come twice. `host`, `content-length` and `connection` are added. */
  readonly headers: readonly (readonly [name: string, value: string])[]
  readonly body: Uint8Array | undefined
}

/** The request's head: what stands before the body. */
export function headOf({ method, target, headers, body }: HttpCase): string {
  const lines = [`${method} ${target} HTTP/1.1`, "host: 127.0.0.1", "connection: close"]
  // An upgrade names itself as the connection's option.
  if (headers.some(([name]) => name === "upgrade")) lines[2] = "connection: upgrade"
  if (body !== undefined) lines.push(`content-length: ${body.byteLength}`)
  for (const [name, value] of headers) lines.push(`${name}: ${value}`)
  return `${lines.join("\r\n")}\r\n\r\n`
}

/** The path the Worker is asked for, after what stands before it: a URL parser takes the dots out of a path. */
export function pathOf({ target }: HttpCase): string {
  const url = `http://127.0.0.1${target}`
  return URL.canParse(url) ? new URL(url).pathname : target.replace(/[?#].*$/s, "")
}

/** The values of a header, joined as a server joins them; `undefined` when there is none. */
export function headerOf({ headers }: HttpCase, name: string): string | undefined {
  const values = headers.filter(([each]) => each === name).map(([, value]) => value)
  return values.length === 0 ? undefined : values.join(", ")
}

/** As a line for a shell. The body is printed as far as it is text. */
export function curlOf(one: HttpCase, origin: string): string {
  const { method, target, headers, body } = one
  const parts = ["curl", "--path-as-is", "-i", "-X", method]
  for (const [name, value] of headers) parts.push("-H", quoted(`${name}: ${value}`))
  if (body !== undefined) parts.push("--data-binary", quoted(new TextDecoder().decode(body)))
  parts.push(quoted(origin + target))
  const text = parts.join(" ")
  return text.length > SHOWN_CHARACTERS_MAX ? `${text.slice(0, SHOWN_CHARACTERS_MAX)}…` : text
}

const SHOWN_CHARACTERS_MAX = 4_000

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
