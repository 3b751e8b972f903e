// Smoke: whether each peer answers every question of the protocol, with a small figure for each.
// Usage: npm run smoke [-- NAME …] in this folder. Ends with 1 when a peer answers wrongly. The figures are too small for
// more than a first look; the bench measures.

import { Peer, type PeerName } from "./peer.ts"
import { UnsupportedQuestion } from "./ask.ts"
import type { FanOut, FourSteps, Sequence, Signal, Sleepers } from "./protocol.ts"

const ANSWER_MS_MAX = 120_000
const RESUME_MS_MAX = 20_000

const QUESTIONS: Readonly<Record<string, (peer: Peer) => Promise<string>>> = {
  "W1 four steps": fourSteps,
  "W1 four steps, 64 callers": manyFourSteps,
  "W2 steps, synchronous": (peer) => sequence(peer, false),
  "W2 steps, asynchronous": (peer) => sequence(peer, true),
  "W3 recorded steps": resume,
  "W4 100 sleepers of 1 s": sleepers,
  "W5 fan-out of 100 x 10 ms": fanOut,
  "W6 signal": signal,
  memory: async (peer) => `${((peer.rssBytes() ?? Number.NaN) / 2 ** 20).toFixed(0)} MiB`,
}

async function main(names: readonly string[]): Promise<void> {
  for (const name of Peer.names) {
    if (names.length === 0 || names.includes(name)) await smoke(name)
  }
}

async function smoke(name: PeerName): Promise<void> {
  const peer = await Peer.start(name)
  if ("skipped" in peer) {
    console.log(`${name}: skipped: ${peer.skipped}`)
    return
  }
  const interrupted = () => void peer.stop().finally(() => process.exit(1))
  process.once("SIGINT", interrupted).once("SIGTERM", interrupted)
  try {
    const { name: title, isDurable, setup } = peer.ready
    console.log(`${title}${isDurable ? "" : " (not durable)"}: ${setup}`)
    for (const [question, ask] of Object.entries(QUESTIONS)) {
      console.log(`  ${question.padEnd(30)} ${await told(() => ask(peer))}`)
    }
  } finally {
    process.removeAllListeners("SIGINT").removeAllListeners("SIGTERM")
    await peer.stop()
  }
}

async function told(ask: () => Promise<string>): Promise<string> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof UnsupportedQuestion) return `none: ${error.message}`
    process.exitCode = 1
    return `WRONG: ${error instanceof Error ? error.message : String(error)}`
  }
}

async function fourSteps(peer: Peer): Promise<string> {
  const elapsedMs: number[] = []
  for (let round = 0; round < 120; round++) {
    const begunMs = performance.now()
    await oneFourSteps(peer)
    elapsedMs.push(performance.now() - begunMs)
  }
  return `p50 ${quantile(elapsedMs.slice(20), 0.5)} ms, p99 ${quantile(elapsedMs.slice(20), 0.99)} ms`
}

async function manyFourSteps(peer: Peer): Promise<string> {
  const begunMs = performance.now()
  let runs = 0
  const caller = async () => {
    while (performance.now() - begunMs < 3_000) {
      await oneFourSteps(peer)
      runs++
    }
  }
  await Promise.all(Array.from({ length: 64 }, caller))
  return `${((runs * 1_000) / (performance.now() - begunMs)).toFixed(0)} runs/s`
}

async function oneFourSteps(peer: Peer): Promise<void> {
  const { result } = await peer.ask<FourSteps>("/four-steps", {}, ANSWER_MS_MAX)
  if (result !== 4) throw new Error(`The result is ${result}, not 4.`)
}

async function sequence(peer: Peer, isAsync: boolean): Promise<string> {
  const steps = stepsOf(peer)
  const body = { steps, isAsync }
  const { elapsedMs, gaps } = await peer.ask<Sequence>("/sequence", body, ANSWER_MS_MAX)
  if (gaps[0]?.position !== 10) throw new Error(`The first gap is ${JSON.stringify(gaps[0])}.`)
  const told = gaps.map(({ position, gapUs }) => `${gapUs.toFixed(0)} µs at ${position}`)
  return `${((steps * 1_000) / elapsedMs).toFixed(0)} steps/s of ${steps}; gap ${told.join(", ")}`
}

async function resume(peer: Peer): Promise<string> {
  const steps = stepsOf(peer)
  await peer.ask("/interrupted", { steps }, ANSWER_MS_MAX)
  await peer.kill()
  const [resumedMs] = await Promise.all([peer.waitForResumed(RESUME_MS_MAX), peer.restart()])
  return resumedMs === undefined
    ? `never in ${RESUME_MS_MAX / 1_000} s`
    : `${resumedMs.toFixed(0)} ms from the process's start to the end of a run with ${steps}`
}

async function sleepers(peer: Peer): Promise<string> {
  const body = { count: 100, sleepMs: 1_000 }
  const { latenessMs, elapsedMs } = await peer.ask<Sleepers>("/sleepers", body, ANSWER_MS_MAX)
  if (latenessMs.length !== 100) throw new Error(`${latenessMs.length} have slept, not 100.`)
  const early = latenessMs.filter((ms) => ms < -5)
  if (early.length > 0)
    throw new Error(`${early.length} woke too early, by ${-(early[0] ?? 0)} ms.`)
  const p50 = quantile(latenessMs, 0.5)
  return `all after ${elapsedMs.toFixed(0)} ms; late by p50 ${p50} ms, p99 ${quantile(latenessMs, 0.99)} ms`
}

async function fanOut(peer: Peer): Promise<string> {
  const elapsed: number[] = []
  for (let round = 0; round < 5; round++) {
    const body = { width: 100, stepMs: 10 }
    elapsed.push((await peer.ask<FanOut>("/fan-out", body, ANSWER_MS_MAX)).elapsedMs)
  }
  if (elapsed.some((ms) => ms < 9)) throw new Error("It took less than one step.")
  return `p50 ${quantile(elapsed, 0.5)} ms`
}

async function signal(peer: Peer): Promise<string> {
  const reaction: number[] = []
  for (let round = 0; round < 20; round++) {
    reaction.push((await peer.ask<Signal>("/signal", {}, ANSWER_MS_MAX)).reactionMs)
  }
  return `p50 ${quantile(reaction, 0.5)} ms`
}

function stepsOf(peer: Peer): number {
  return Math.min(1_000, peer.ready.stepsMax ?? Infinity)
}

function quantile(values: readonly number[], at: number): string {
  const sorted = values.toSorted((a, b) => a - b)
  return (sorted[Math.floor(sorted.length * at)] ?? Number.NaN).toFixed(1)
}

await main(process.argv.slice(2))
