// Trial: so many runs that sleep for real, then wake: started over HTTP, watched, perhaps killed in their sleep.
// Owns: the order of what happens and what is measured at each point. Must not touch: how it is shown (sleepers-report.ts).
//   T1. After the starts no request reaches a run: its alarm alone wakes it. The tally is asked of the Worker's memory.
//   T2. What has become of the runs is read from their files when the runtime has ended.

import { execFileSync } from "node:child_process"
import { pause } from "../../support/wait-until.ts"
import { eachOf, KeepAliveClient } from "../keep-alive-client.ts"
import { onScaleRuntime, type ScaleRuntime } from "../scale-runtime.ts"
import { ProcessWatch, type ProcessSample } from "./process-watch.ts"
import { diskUse, statusesOnDisk } from "./runs-on-disk.ts"

export interface TrialOptions {
  readonly sleepers: number
  readonly callers: number
  readonly hasIndex: boolean
  /** Bare objects with one row and one alarm in the runs' place. */
  readonly isFloor: boolean
  /** From the first start to the first that is due. */
  readonly dueInMs: number
  /** From the last start until they are looked at as sleepers. */
  readonly settleMs: number
  /** They are due evenly spread over this time; 0 is all at once. */
  readonly windowMs: number
  /** SIGKILL while they sleep: back before they are due, or only when all are overdue. */
  readonly kill: "never" | "asleep" | "overdue"
  /** How many files the runtime may have open when it wakes them; otherwise as many as the machine lets it. */
  readonly openFilesMax?: number
}

export interface TrialFigures {
  readonly options: TrialOptions
  readonly startsPerSecond: number
  /** Whether all were asleep before the first was due; if not, neither lateness nor memory says much. */
  readonly isInTime: boolean
  readonly starting: Peak
  readonly asleep: {
    readonly memoryMebibytes: number
    readonly openFiles: number
    readonly bytesPerSleeper: number
    readonly filesPerSleeper: number
  }
  /** After a kill: from the start of the process to its port being open. */
  readonly reopenMs?: number
  readonly afterKillMebibytes?: number
  readonly waking: Peak
  /** From the first that was due, or from the return of the process if that was later, to the last that woke. */
  readonly drainMs: number
  readonly latenessMs: readonly number[]
  readonly woken: number
  /** The others were missed by the runtime, and found by a rebuild of the index. */
  readonly wokenByAlarm: number
  /** Steps that ran more than once in the process that woke them. */
  readonly twice: number
  /** From the files of the runs; for bare objects nothing. */
  readonly statuses: Readonly<Record<string, number>>
  /** What the index tells when it has heard of all of them, and how long that took after the last one woke. */
  readonly index?: {
    readonly statuses: Readonly<Record<string, number>>
    readonly caughtUpMs: number
  }
  readonly samples: readonly ProcessSample[]
  /** How many had woken when, from the first that was due on. */
  readonly wakes: readonly { readonly afterMs: number; readonly woken: number }[]
}

interface Peak {
  readonly memoryMebibytes: number
  readonly openFiles: number
}

interface Tally {
  readonly woken: number
  readonly twice: number
}

const DOWN_MS = 1_000

/** Nothing has woken for so long: what is missing will not come. */
const STUCK_MS = 90_000

const OPEN_FILES_HEALED = 10_000

const INDEX_PATIENCE_MS = 60_000

export function runTrial(
  options: TrialOptions,
  tell: (line: string) => void,
): Promise<TrialFigures> {
  return onScaleRuntime(options.hasIndex, async (runtime) => {
    const watch = new ProcessWatch(() => runtime.workerd.pid)
    try {
      return await trial(options, runtime, watch, tell)
    } finally {
      watch.end()
    }
  })
}

async function trial(
  options: TrialOptions,
  runtime: ScaleRuntime,
  watch: ProcessWatch,
  tell: (line: string) => void,
): Promise<TrialFigures> {
  const { sleepers } = options
  const { workerd } = runtime
  const folder = `${runtime.data}/belay-${options.isFloor ? "FloorObject" : "RunObject"}`
  const begunAtMs = Date.now()
  const dueAtMs = begunAtMs + options.dueInMs
  await startAll(options, workerd.url, dueAtMs, tell)
  const startedAtMs = Date.now()
  const starting = peak(watch, begunAtMs)
  const isInTime = startedAtMs + options.settleMs <= dueAtMs
  if (isInTime) await pause(options.settleMs)
  else tell("the starts took longer than --due-in: those that were due meanwhile never slept")
  const { memoryMebibytes, openFiles } = watch.last
  const disk = diskUse(folder)
  tell(`asleep: ${memoryMebibytes.toFixed(0)} MiB, ${openFiles} open files`)
  const reopened = await killed(options, runtime, dueAtMs, watch, tell)
  if (options.openFilesMax !== undefined) limitOpenFiles(workerd.pid, options.openFilesMax)
  const wakeFromMs = Math.max(dueAtMs, reopened?.openAtMs ?? 0)
  const { tally, lastAtMs, wakes } = await untilAwake(options, workerd.url, wakeFromMs, tell)
  const isHealed = options.hasIndex && tally.woken < sleepers
  const all = isHealed ? await heal(options, workerd, tell) : tally
  const latenessMs = (await ask(workerd.url, "/lateness")) as number[]
  const waking = peak(watch, wakeFromMs - 1_000)
  const index = options.hasIndex ? await indexed(workerd.url, sleepers, lastAtMs) : undefined
  await workerd.stop()
  return {
    options,
    startsPerSecond: (sleepers / (startedAtMs - begunAtMs)) * 1_000,
    isInTime,
    starting,
    asleep: {
      memoryMebibytes,
      openFiles,
      bytesPerSleeper: disk.bytes / sleepers,
      filesPerSleeper: disk.files / sleepers,
    },
    ...(reopened === undefined
      ? {}
      : { reopenMs: reopened.tookMs, afterKillMebibytes: reopened.memoryMebibytes }),
    waking,
    drainMs: lastAtMs - wakeFromMs,
    latenessMs,
    woken: all.woken,
    wokenByAlarm: tally.woken,
    twice: all.twice,
    statuses: options.isFloor ? {} : Object.fromEntries(statusesOnDisk(folder)),
    ...(index === undefined ? {} : { index }),
    samples: watch.samples,
    wakes,
  }
}

/** What an operator would do: files enough, and the index asks every run how it stands. */
async function heal(
  options: TrialOptions,
  { pid, url }: ScaleRuntime["workerd"],
  tell: (line: string) => void,
): Promise<Tally> {
  tell("some did not wake; the index asks them")
  if (options.openFilesMax !== undefined) limitOpenFiles(pid, OPEN_FILES_HEALED)
  const response = await fetch(`${url}/v1/index/rebuild`, { method: "POST" })
  if (!response.ok) throw new Error(`${response.status} from a rebuild: ${await response.text()}`)
  return (await untilAwake(options, url, Date.now(), tell)).tally
}

/** As if the machine were so small, or the storm so much larger. */
function limitOpenFiles(pid: number | undefined, most: number): void {
  execFileSync("prlimit", ["--pid", String(pid ?? 0), `--nofile=${most}:`])
}

async function startAll(
  { sleepers, callers, windowMs, isFloor }: TrialOptions,
  url: string,
  dueAtMs: number,
  tell: (line: string) => void,
): Promise<void> {
  const client = new KeepAliveClient(url, callers)
  const begunMs = performance.now()
  let started = 0
  const timer = setInterval(() => {
    const rate = (started / (performance.now() - begunMs)) * 1_000
    tell(`started ${started} of ${sleepers}, ${rate.toFixed(0)} a second`)
  }, 5_000)
  try {
    await eachOf(sleepers, callers, async (index) => {
      const dueMs = dueAtMs + Math.floor((index / sleepers) * windowMs)
      await (isFloor
        ? client.get(`/floor/sleep/sleeper-${index}/${dueMs}`)
        : client.post(`/v1/runs/sleeper-${index}`, { workflow: "sleeper", input: [dueMs] }))
      started++
    })
  } finally {
    clearInterval(timer)
    client.close()
  }
}

async function killed(
  { kill, windowMs }: TrialOptions,
  { workerd }: ScaleRuntime,
  dueAtMs: number,
  watch: ProcessWatch,
  tell: (line: string) => void,
): Promise<{ openAtMs: number; tookMs: number; memoryMebibytes: number } | undefined> {
  if (kill === "never") return undefined
  await workerd.kill()
  tell("killed in their sleep")
  await pause(kill === "asleep" ? DOWN_MS : Math.max(0, dueAtMs + windowMs - Date.now()) + DOWN_MS)
  const begunMs = Date.now()
  await workerd.start()
  const openAtMs = Date.now()
  tell(`open again after ${openAtMs - begunMs} ms`)
  await pause(1_000)
  return { openAtMs, tookMs: openAtMs - begunMs, memoryMebibytes: watch.last.memoryMebibytes }
}

/** Resolves when all have woken, or none has for long. */
async function untilAwake(
  { sleepers, windowMs }: TrialOptions,
  url: string,
  fromMs: number,
  tell: (line: string) => void,
): Promise<{ tally: Tally; lastAtMs: number; wakes: TrialFigures["wakes"] }> {
  const wakes: { afterMs: number; woken: number }[] = []
  let tally: Tally = { woken: 0, twice: 0 }
  let lastAtMs = Date.now()
  let toldAtMs = 0
  for (;;) {
    await pause(250)
    const now = (await ask(url, "/tally")) as Tally
    if (now.woken > tally.woken) {
      lastAtMs = Date.now()
      wakes.push({ afterMs: lastAtMs - fromMs, woken: now.woken })
    }
    tally = now
    if (Date.now() > toldAtMs + 5_000) {
      toldAtMs = Date.now()
      tell(`woken ${tally.woken} of ${sleepers}`)
    }
    const isStuck = Date.now() > Math.max(lastAtMs, fromMs + windowMs) + STUCK_MS
    if (tally.woken >= sleepers || isStuck) return { tally, lastAtMs, wakes }
  }
}

async function indexed(
  url: string,
  sleepers: number,
  lastAtMs: number,
): Promise<{ statuses: Record<string, number>; caughtUpMs: number }> {
  const deadlineMs = Date.now() + INDEX_PATIENCE_MS
  for (;;) {
    const { statuses } = (await ask(url, "/v1/stats")) as { statuses: Record<string, number> }
    const hasHeardAll = statuses["completed"] === sleepers
    if (hasHeardAll || Date.now() > deadlineMs)
      return { statuses, caughtUpMs: Date.now() - lastAtMs }
    await pause(500)
  }
}

async function ask(url: string, path: string): Promise<unknown> {
  const response = await fetch(url + path)
  if (!response.ok) throw new Error(`${response.status} from ${path}: ${await response.text()}`)
  return response.json()
}

function peak(watch: ProcessWatch, sinceMs: number): Peak {
  return {
    memoryMebibytes: watch.most("memoryMebibytes", sinceMs),
    openFiles: watch.most("openFiles", sinceMs),
  }
}
