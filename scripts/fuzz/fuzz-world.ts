// Fuzz world: a Worker and a relay as real processes on loopback, with secrets of this run alone in their variables.
// Owns: their life, their folder, and what a probe must not have left on disk.
// Must not touch: what is sent to them.

import { randomBytes } from "node:crypto"
import { copyFileSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { BareWorkerd } from "../support/bare-workerd.ts"
import { bundleWorker } from "../support/bundle.ts"
import { freePort } from "../support/free-port.ts"
import { MiniflareProcess } from "../support/miniflare-process.ts"
import { RelayProcess } from "../support/relay-process.ts"
import type { RelayKey } from "../../src/ledger/signature.ts"

const ENTRY = fileURLToPath(new URL("../../src/index.ts", import.meta.url))
const MIGRATIONS = fileURLToPath(new URL("../../migrations", import.meta.url))

const OBJECTS = {
  RUNS: "RunObject",
  SCHEDULES: "ScheduleObject",
  LIMITS: "LimiterObject",
  ACCOUNTS: "BankAccountObject",
}

/** Lines of the Worker's log kept for the report of a finding. */
const LOG_LINES = 30

export type Pass = "tokens" | "development"

export interface Tokens {
  readonly operate: string
  readonly read: string
  readonly start: string
}

interface Parts {
  readonly folder: string
  readonly pass: Pass
  readonly relay: RelayProcess
  readonly narrowKey: RelayKey
  readonly miniflare: MiniflareProcess
  readonly bare: BareWorkerd
  readonly port: number
  readonly barePort: number
  readonly tokens: Tokens
  readonly canaries: readonly string[]
  readonly log: string[]
}

export class FuzzWorld {
  readonly #parts: Parts

  static async start(pass: Pass): Promise<FuzzWorld> {
    const folder = mkdtempSync(join(tmpdir(), "belay-fuzz-"))
    const script = join(folder, "worker.js")
    await bundleWorker(ENTRY, script)
    const { relay, narrowKey } = await startRelay(join(folder, "ledger.sqlite"))
    const tokens = { operate: secret("operate"), read: secret("read"), start: secret("start") }
    const alertKey = secret("alert")
    const variables: Record<string, string> = {
      ...relay.bindings(),
      BELAY_ALERT_KEY: alertKey,
      CANARY: secret("canary"),
      ...(pass === "development"
        ? { BELAY_DEV: "1" }
        : {
            BELAY_TOKENS: JSON.stringify({
              [tokens.operate]: ["operate"],
              [tokens.read]: ["read"],
              [tokens.start]: ["start"],
            }),
          }),
    }
    const log: string[] = []
    const onLine = (line: string) => {
      log.push(line.slice(0, 2_000))
      if (log.length > LOG_LINES) log.shift()
    }
    const [port, barePort] = [await freePort(), await freePort()]
    const miniflare = new MiniflareProcess({
      script,
      stateFolder: join(folder, "state"),
      port,
      objects: OBJECTS,
      variables,
      migrationsFolder: MIGRATIONS,
      onLine,
    })
    const bareFolder = mkdtempSync(join(folder, "bare-"))
    copyFileSync(script, join(bareFolder, "worker.js"))
    const bare = new BareWorkerd({
      folder: bareFolder,
      port: barePort,
      objects: OBJECTS,
      variables,
      onLine,
    })
    const canaries = [
      relay.key.secret,
      narrowKey.secret,
      alertKey,
      variables["CANARY"] ?? "",
      ...(pass === "tokens" ? Object.values(tokens) : []),
    ]
    const parts = {
      folder,
      pass,
      relay,
      narrowKey,
      miniflare,
      bare,
      port,
      barePort,
      tokens,
      canaries,
      log,
    }
    const world = new FuzzWorld(parts)
    try {
      await miniflare.start()
      await bare.start()
    } catch (error) {
      await world.end()
      throw error
    }
    return world
  }

  private constructor(parts: Parts) {
    this.#parts = parts
  }

  get pass(): Pass {
    return this.#parts.pass
  }

  /** The Worker with everything it has. */
  get port(): number {
    return this.#parts.port
  }

  /** The same Worker on the bare runtime, without a database: nothing stands between a socket and it. */
  get barePort(): number {
    return this.#parts.barePort
  }

  get relay(): RelayProcess {
    return this.#parts.relay
  }

  /** A key of the relay's that may look up accounts alone. */
  get narrowKey(): RelayKey {
    return this.#parts.narrowKey
  }

  get tokens(): Tokens {
    return this.#parts.tokens
  }

  /** Texts that must never reach a client. */
  get canaries(): readonly string[] {
    return this.#parts.canaries
  }

  /** What the Worker said last, for the report of a finding. */
  get logTail(): string {
    return this.#parts.log.join("\n")
  }

  /** Processes whose memory is watched. */
  get pids(): Readonly<Record<string, number>> {
    const { miniflare, bare, relay } = this.#parts
    const host = miniflare.pid
    return {
      worker: (host === undefined ? undefined : childNamed(host, "workerd")) ?? host ?? 0,
      bare: bare.pid ?? 0,
      relay: relay.pid,
    }
  }

  /** The file of every object of the full Worker. */
  objectFiles(): string[] {
    const folder = join(this.#parts.folder, "state")
    return readdirSync(folder, { recursive: true, encoding: "utf8" })
      .filter((name) => /Object\/[0-9a-f]{64}\.sqlite$/.test(name) && !name.includes("D1Database"))
      .map((name) => join(folder, name))
  }

  async end(): Promise<void> {
    const { folder, relay, miniflare, bare } = this.#parts
    await bare.kill()
    await miniflare.kill()
    await relay.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** It knows its own audience, and two keys of which one may do little. */
async function startRelay(ledgerFile: string) {
  const port = await freePort()
  const key = { id: "whole", secret: secret("relay") }
  const narrowKey = { id: "narrow", secret: secret("narrow") }
  const keys = {
    [key.id]: key.secret,
    [narrowKey.id]: { secret: narrowKey.secret, operations: ["lookup_accounts"], ledgers: [7] },
  }
  const relay = await RelayProcess.start({
    ledgerFile,
    port,
    key,
    variables: {
      BELAY_RELAY_KEYS: JSON.stringify(keys),
      BELAY_RELAY_AUDIENCE: `http://127.0.0.1:${port}`,
    },
  })
  return { relay, narrowKey }
}

function secret(name: string): string {
  return `canary-${name}-${randomBytes(16).toString("hex")}`
}

/** A process below this one whose program has this name. */
function childNamed(parent: number, name: string): number | undefined {
  for (const entry of readdirSync("/proc")) {
    if (!/^\d+$/.test(entry)) continue
    const found = parentAndName(entry)
    if (found?.parent === parent && found.name === name) return Number(entry)
  }
  return undefined
}

function parentAndName(pid: string): { parent: number; name: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
    const [, name = "", parent = ""] = /^\d+ \((.*)\) \S (\d+)/.exec(stat) ?? []
    return { parent: Number(parent), name }
  } catch {
    // It ended while we looked.
    return undefined
  }
}
