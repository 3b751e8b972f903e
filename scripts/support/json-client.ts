// JSON client: requests to a Belay server and their answers, still unknown to the types.
// Owns: the form of a request. Must not touch: what an answer should be.

export interface Answer {
  readonly status: number
  /** The JSON of the body; `undefined` when there is none. */
  readonly body: unknown
}

export class JsonClient {
  readonly url: string

  constructor(url: string) {
    this.url = url
  }

  get(path: string): Promise<Answer> {
    return this.send("GET", path)
  }

  post(path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) {
    return this.send("POST", path, body, headers)
  }

  put(path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) {
    return this.send("PUT", path, body, headers)
  }

  async send(
    method: string,
    path: string,
    body?: unknown,
    headers: Readonly<Record<string, string>> = {},
    signal?: AbortSignal,
  ): Promise<Answer> {
    const response = await fetch(this.url + path, {
      method,
      // A runtime that is killed would leave half-dead connections in the pool.
      headers: { "content-type": "application/json", connection: "close", ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      ...(signal === undefined ? {} : { signal }),
    })
    const text = await response.text()
    return {
      status: response.status,
      body: text === "" ? undefined : (JSON.parse(text) as unknown),
    }
  }
}

/** The member of a JSON value at the end of this path; `undefined` where there is none. */
export function member(value: unknown, ...path: string[]): unknown {
  let found = value
  for (const name of path) {
    if (typeof found !== "object" || found === null) return undefined
    found = (found as Record<string, unknown>)[name]
  }
  return found
}
