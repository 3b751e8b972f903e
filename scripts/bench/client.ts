// Client: the requests of the bench.
// Owns: their form and the check that what came back is what was asked for.

export class BenchClient {
  readonly baseUrl: string
  readonly #headers: Readonly<Record<string, string>>
  #nextId = 0

  constructor(baseUrl: string, headers: Readonly<Record<string, string>> = {}) {
    this.baseUrl = baseUrl
    this.#headers = headers
  }

  /** The same server, with runs that no index hears of. */
  withoutIndex(): BenchClient {
    return new BenchClient(this.baseUrl, { "x-bench-plain": "1" })
  }

  newId(): string {
    const kind = Object.keys(this.#headers).join("-")
    return `bench${kind}-${process.pid}-${this.#nextId++}`
  }

  /** Starts a run and waits for its result. @throws Error unless it completes */
  async run(workflow: string, input: readonly unknown[], id = this.newId()): Promise<unknown> {
    const run = await this.start(workflow, input, id, 30_000)
    if (run["status"] !== "completed")
      throw new Error(`Run ${id} did not complete: ${JSON.stringify(run)}`)
    return run["result"]
  }

  async start(
    workflow: string,
    input: readonly unknown[],
    id: string,
    waitMs: number,
  ): Promise<Record<string, unknown>> {
    const response = await fetch(`${this.baseUrl}/v1/runs/${id}?wait=${waitMs}`, {
      method: "POST",
      headers: { "content-type": "application/json", ...this.#headers },
      body: JSON.stringify({ workflow, input }),
    })
    return this.#json(response)
  }

  async get(path: string): Promise<unknown> {
    return this.#json(await fetch(this.baseUrl + path))
  }

  async #json(response: Response): Promise<Record<string, unknown>> {
    const text = await response.text()
    if (!response.ok)
      throw new Error(`${response.status} from ${response.url}: ${text.slice(0, 300)}`)
    return (text === "" ? undefined : JSON.parse(text)) as Record<string, unknown>
  }
}

/** Milliseconds that the work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begunMs = performance.now()
  await work()
  return performance.now() - begunMs
}
