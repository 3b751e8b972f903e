// Crash runtime: bare workerd with the crash worker and an effects server, both gone after the test.
// Owns: their folder and their life.

import { copyFileSync, mkdtempSync, readdirSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { BareWorkerd } from "../../../scripts/support/bare-workerd.ts"
import { bundleWorker } from "../../../scripts/support/bundle.ts"
import { freePort } from "../../../scripts/support/free-port.ts"
import { JsonClient, member, type Answer } from "../../../scripts/support/json-client.ts"
import { residentMebibytes } from "../../../scripts/support/resident-memory.ts"
import { pause, waitUntil } from "../../../scripts/support/wait-until.ts"
import { EffectsServer } from "./effects-server.ts"

const ENTRY = fileURLToPath(new URL("../worker/main.ts", import.meta.url))

/** After a run's last effect: the time to record it and the end. */
const SETTLE_MS = 500

type Cleanup = (work: () => Promise<void>) => void

/** The Worker of these tests as one file; made once for a test file. */
export class CrashWorker {
  readonly file: string
  readonly #folder = mkdtempSync(join(tmpdir(), "belay-crash-worker-"))

  static async bundle(): Promise<CrashWorker> {
    const worker = new CrashWorker()
    await bundleWorker(ENTRY, worker.file)
    return worker
  }

  private constructor() {
    this.file = join(this.#folder, "worker.js")
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }
}

export class CrashRuntime {
  readonly effects: EffectsServer
  readonly #folder: string
  readonly #workerd: BareWorkerd
  readonly #client: JsonClient
  #requestsSinceStart = 0

  /** @param cleanup registers what is to be done after the test */
  static async start(
    worker: CrashWorker,
    cleanup: Cleanup,
    options: {
      readonly stumbles?: boolean
      readonly variables?: Readonly<Record<string, string>>
      readonly fileBytesMax?: number
    } = {},
  ): Promise<CrashRuntime> {
    const folder = mkdtempSync(join(tmpdir(), "belay-crash-"))
    const effects = await EffectsServer.start()
    const workerd = new BareWorkerd({
      folder,
      port: await freePort(),
      objects: {
        RUNS: options.stumbles === true ? "StumblingRunObject" : "RunObject",
        SCHEDULES: "ScheduleObject",
        LIMITS: "LimiterObject",
        INDEX: "IndexObject",
      },
      variables: { BELAY_DEV: "1", EFFECTS_URL: effects.url, ...options.variables },
      ...(options.fileBytesMax === undefined ? {} : { fileBytesMax: options.fileBytesMax }),
    })
    cleanup(async () => {
      await workerd.kill()
      await effects.close()
      rmSync(folder, { recursive: true, force: true })
    })
    copyFileSync(worker.file, join(folder, "worker.js"))
    await workerd.start()
    return new CrashRuntime(workerd, effects, folder)
  }

  private constructor(workerd: BareWorkerd, effects: EffectsServer, folder: string) {
    this.#folder = folder
    this.#workerd = workerd
    this.effects = effects
    this.#client = new JsonClient(workerd.url)
  }

  get url(): string {
    return this.#workerd.url
  }

  /** Resident memory of the runtime, in MiB. */
  get residentMebibytes(): number {
    return residentMebibytes(this.#workerd.pid ?? 0)
  }

  /** Objects on disk: one file each. */
  get objectCount(): number {
    const folder = join(this.#folder, "data", "belay-RunObject")
    return readdirSync(folder).filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name)).length
  }

  /** The disk of one shard of the index is lost. Only while the runtime is down. */
  loseShard(): void {
    const folder = join(this.#folder, "data", "belay-IndexObject")
    const [shard = ""] = readdirSync(folder).filter((name) => /^[0-9a-f]{64}\.sqlite$/.test(name))
    for (const suffix of ["", "-wal", "-shm"]) rmSync(join(folder, shard + suffix), { force: true })
  }

  /** SIGTERM to the runtime. */
  stop(): Promise<void> {
    return this.#workerd.stop()
  }

  /** SIGKILL to the runtime. */
  kill(): Promise<void> {
    return this.#workerd.kill()
  }

  /** Starts it on the same disk. @param isSound files may grow again */
  async restart({ isSound = false } = {}): Promise<void> {
    this.#requestsSinceStart = 0
    await this.#workerd.start(isSound)
  }

  /** "POST /v1/runs/a", with `body` as JSON; `key` is what makes it idempotent. */
  ask(line: string, body?: unknown, key?: string): Promise<Answer> {
    return this.askWith(key === undefined ? {} : { "idempotency-key": key }, line, body)
  }

  askWith(
    headers: Readonly<Record<string, string>>,
    line: string,
    body?: unknown,
  ): Promise<Answer> {
    this.#requestsSinceStart++
    const [method = "", path = ""] = line.split(" ")
    return this.#client.send(method, path, body, headers)
  }

  /** Resolves when the start is durable. */
  async startRun(id: string, workflow: string, ...input: unknown[]): Promise<void> {
    const { status, body } = await this.#client.post(`/v1/runs/${id}`, { workflow, input })
    if (status !== 201) throw new Error(`The run did not start: ${status} ${JSON.stringify(body)}`)
  }

  /** Resolves when the schedule is durable. */
  async putSchedule(name: string, body: Readonly<Record<string, unknown>>): Promise<void> {
    const answer = await this.#client.put(`/v1/schedules/${name}`, body)
    if (answer.status !== 201) {
      throw new Error(`The schedule was not made: ${answer.status} ${JSON.stringify(answer.body)}`)
    }
  }

  /** Paused first, so that what it shows stands. */
  async pausedSchedule(name: string): Promise<unknown> {
    this.#requestsSinceStart++
    const { body } = await this.#client.post(`/v1/schedules/${name}/pause`)
    return body
  }

  /** Resolves when the run waits and nothing of it is in flight: what its steps have done is on disk. */
  async suspended(id: string, timeoutMs: number): Promise<void> {
    await waitUntil(`run ${id} to wait`, timeoutMs, async () => {
      this.#requestsSinceStart++
      const { body } = await this.#client.get(`/v1/runs/${id}`)
      return member(body, "status") === "suspended" ? true : undefined
    })
  }

  async state(id: string, name: string): Promise<unknown> {
    this.#requestsSinceStart++
    const { status, body } = await this.#client.get(`/v1/runs/${id}/state/${name}`)
    return status === 200 ? body : undefined
  }

  /**
   * What the run gave. Asks only once its effect "done" has come, and nothing was asked since the restart.
   * @throws Error unless the run had completed by itself before it was asked for
   */
  async resultWithoutRequest(id: string, timeoutMs: number): Promise<unknown> {
    await this.effects.arrival("done", 1, timeoutMs)
    await pause(SETTLE_MS)
    if (this.#requestsSinceStart > 0) throw new Error("The run was asked about before its end.")
    const askedAtMs = Date.now()
    const { body } = await this.#client.get(`/v1/runs/${id}`)
    const endedAtMs = Date.parse(String(member(body, "endedAt")))
    if (member(body, "status") === "completed" && endedAtMs < askedAtMs) {
      return member(body, "result")
    }
    throw new Error(`The run did not complete by itself: ${JSON.stringify(body)}`)
  }
}
