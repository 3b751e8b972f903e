// Fake server: a `fetch` whose answers a test has written down, and the list of what was asked.

export interface Request {
  readonly line: string
  readonly headers: Headers
  readonly body: unknown
  readonly signal: AbortSignal | undefined
}

export type Answer = Response | Error | ((request: Request) => Response | Promise<Response>)

export function fakeServer(...answers: readonly Answer[]) {
  const asked: Request[] = []
  const pending = [...answers]
  const fetch = async (url: string, init: RequestInit): Promise<Response> => {
    const { signal } = init
    const request: Request = {
      line: `${init.method ?? "GET"} ${url.replace("http://belay", "")}`,
      headers: new Headers(init.headers),
      body: typeof init.body === "string" ? (JSON.parse(init.body) as unknown) : undefined,
      signal: signal ?? undefined,
    }
    asked.push(request)
    const answer = pending.length > 1 ? pending.shift() : pending[0]
    if (answer === undefined) throw new Error("The test has no answer.")
    if (answer instanceof Error) throw answer
    return answer instanceof Response ? answer.clone() : answer(request)
  }
  return { asked, fetch, lines: () => asked.map(({ line }) => line) }
}

export function json(body: unknown, status = 200, headers: Record<string, string> = {}): Response {
  return Response.json(body, { status, headers })
}

export function refusal(code: string, status: number, details?: unknown, headers = {}): Response {
  return json({ error: { code, message: `refused: ${code}`, details } }, status, headers)
}

/** A stream of server-sent events in these pieces, which then ends, breaks or hangs until it is given up. */
export function stream(pieces: readonly string[], then: "ends" | "breaks" | "hangs" = "ends") {
  return ({ signal }: Request): Response => {
    const pending = [...pieces]
    const encoder = new TextEncoder()
    const body = new ReadableStream<Uint8Array>({
      async pull(controller) {
        const piece = pending.shift()
        if (piece !== undefined) return controller.enqueue(encoder.encode(piece))
        if (then === "ends") return controller.close()
        if (then === "breaks") return controller.error(new Error("connection reset"))
        await new Promise((resolve) => signal?.addEventListener("abort", resolve))
        controller.error(signal?.reason)
      },
    })
    return new Response(body, { headers: { "content-type": "text/event-stream" } })
  }
}

export function eventText(id: string, event: string, data: unknown): string {
  return `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify(data)}\n\n`
}

export function run(fields: Record<string, unknown> = {}) {
  return {
    id: "r1",
    workflow: "buy",
    version: 1,
    status: "completed",
    input: [],
    createdAt: "2026-01-01T00:00:00.000Z",
    tags: {},
    ...fields,
  }
}

export function entry(path: string, fields: Record<string, unknown> = {}) {
  return {
    path,
    kind: "step",
    state: "completed",
    attempts: 1,
    createdAt: "2026-01-01T00:00:00.000Z",
    ...fields,
  }
}

export function card(id: string) {
  const { input: _, ...fields } = run({ id })
  return { ...fields, changedAt: fields.createdAt }
}
