// Client: the requests of the bench to a Worker with Belay and the floor.
// Owns: their form and the check that what came back is what was asked for.

const RESULT_WAIT_MS = 30_000

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
  async run<T>(workflow: string, input: readonly unknown[], id = this.newId()): Promise<T> {
    const run = await this.start(workflow, input, id, RESULT_WAIT_MS)
    if (run["status"] !== "completed")
      throw new Error(`Run ${id} did not complete: ${JSON.stringify(run)}`)
    return run["result"] as T
  }

  start(
    workflow: string,
    input: readonly unknown[],
    id: string,
    waitMs: number,
  ): Promise<Readonly<Record<string, unknown>>> {
    return this.#send(`/v1/runs/${id}?wait=${waitMs}`, { workflow, input })
  }

  signal(id: string, name: string, value: unknown): Promise<unknown> {
    return this.#send(`/v1/runs/${id}/signals/${name}`, value)
  }

  /** Sends an update and gives the run's reply. */
  async update<T>(id: string, name: string, value: unknown): Promise<T> {
    const path = `/v1/runs/${id}/updates/${name}?wait=${RESULT_WAIT_MS}`
    const { reply } = await this.#send<{ reply: T }>(path, value)
    return reply
  }

  /** Starts a run with an update and gives its reply to that, in one request. */
  async startWithUpdate<T>(
    workflow: string,
    input: readonly unknown[],
    id: string,
    update: { readonly name: string; readonly value: unknown },
  ): Promise<T> {
    const path = `/v1/runs/${id}?wait=${RESULT_WAIT_MS}`
    const answer = await this.#send<{ update: { reply?: T } }>(path, { workflow, input, update })
    const { reply } = answer.update
    if (reply === undefined) throw new Error(`Run ${id} did not reply: ${JSON.stringify(answer)}`)
    return reply
  }

  /** A new object of the floor, or one that is there, does this. */
  floor<T>(
    method: string,
    words: readonly (number | string)[] = [],
    id = this.newId(),
  ): Promise<T> {
    return this.get(["/bench/floor", id, method, ...words].join("/"))
  }

  async get<T>(path: string): Promise<T> {
    return readJson<T>(await fetch(this.baseUrl + path))
  }

  async #send<T = Readonly<Record<string, unknown>>>(path: string, body: unknown): Promise<T> {
    const response = await fetch(this.baseUrl + path, {
      method: "POST",
      headers: { "content-type": "application/json", ...this.#headers },
      body: JSON.stringify(body),
    })
    return readJson<T>(response)
  }
}

async function readJson<T>(response: Response): Promise<T> {
  const text = await response.text()
  if (!response.ok)
    throw new Error(`${response.status} from ${response.url}: ${text.slice(0, 300)}`)
  return (text === "" ? undefined : JSON.parse(text)) as T
}

/** Milliseconds that the work takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const begunMs = performance.now()
  await work()
  return performance.now() - begunMs
}
