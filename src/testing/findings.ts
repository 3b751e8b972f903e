// Findings: what a sweep found wrong with a workflow, in words that say what to do.
// Owns: the kinds and their words, and the error that carries them. Must not touch: how they were found.

import type { Sighting } from "./body-watch.ts"
import type { Difference } from "./comparison.ts"

/**
 * - `random`: chance that no journal knows, asked for in the workflow's body
 * - `clock`: the wall clock, asked for in the workflow's body
 * - `call`: the outside called from the workflow's body, where every replay calls it again
 * - `effect`: a step that touches the outside again after a crash and never asked for its idempotency key
 * - `effects`: the outside is another after a crash
 * - `result`: the run ends otherwise after a crash
 * - `divergence`: a replay of the journal does something else than was recorded
 */
export type FindingKind =
  "random" | "clock" | "call" | "effect" | "effects" | "result" | "divergence"

export interface Finding {
  readonly kind: FindingKind
  /** What is wrong, and what to do about it. */
  readonly message: string
  /** Of an effect: the step's name in the journal. */
  readonly step?: string
  /** Where in the run, as far as it has one place. */
  readonly path?: string
  /** Of the body: what it called, "Math.random()". */
  readonly call?: string
  /** Of the body: the line. */
  readonly location?: string
  /** When the run was killed, in words. */
  readonly crash?: string
  readonly expected?: unknown
  readonly found?: unknown
}

/** Why a test fails that sweeps a workflow: `findings` has each for itself. */
export class FindingsError<Report> extends Error {
  override readonly name = "FindingsError"
  readonly findings: readonly Finding[]
  /** What the sweep would have given, had it found nothing. */
  readonly report: Report

  constructor(headline: string, findings: readonly Finding[], report: Report) {
    const list = findings.map(({ message }, index) => `${index + 1}. ${message}`)
    super([headline, ...list].join("\n\n"))
    this.findings = findings
    this.report = report
  }
}

const INSTEAD: Readonly<Record<string, string>> = {
  "Math.random()":
    "Use `yield* ctx.math.random()`, which is recorded, or draw the number in a step.",
  "crypto.randomUUID()": "Use `yield* ctx.uuid()`, which is recorded, or make the id in a step.",
  "crypto.getRandomValues()": "Draw the bytes in a step: what a step returns is recorded.",
  "fetch()":
    "Call it in a step, `yield* ctx.run(async (ctx) => …)`, with ctx.idempotencyKey if it changes something.",
  "queueMicrotask()": "What is to happen belongs into a step, `yield* ctx.run(…)`.",
  "setImmediate()": "What is to happen belongs into a step, `yield* ctx.run(…)`.",
}

const INSTEAD_OF_KIND: Readonly<Record<Sighting["kind"], string>> = {
  clock: "Use `yield* ctx.date.now()`, which is recorded, or ask for the time in a step.",
  random: "Draw it in a step: what a step returns is recorded.",
  call: "Wait with `yield* ctx.sleep(ms)`.",
}

const WHAT: Readonly<Record<Sighting["kind"], string>> = {
  clock: "wall clock in the workflow's body",
  random: "unrecorded random in the workflow's body",
  call: "a call out of the workflow's body",
}

export function sightingFinding(workflow: string, { kind, call, location }: Sighting): Finding {
  const place = location === undefined ? "" : `\n   at ${location}`
  const instead = INSTEAD[call] ?? INSTEAD_OF_KIND[kind]
  return {
    kind,
    call,
    ...(location !== undefined && { location }),
    message: `${WHAT[kind]}: "${workflow}" calls ${call}; on a replay after a crash it is called again and gives something else.${place}\n   ${instead}`,
  }
}

export interface Repeated {
  readonly name: string
  readonly path: string
  readonly touch: string
  readonly crash: string
}

export function effectFinding({ name, path, touch, crash }: Repeated): Finding {
  return {
    kind: "effect",
    step: name,
    path,
    crash,
    message: `effect without idempotency key: step "${name}" (path ${path}) touches the outside (${touch}), was called again after a crash, and never asked for ctx.idempotencyKey.\n   ${crash}\n   Hand ctx.idempotencyKey to whoever is called, who keeps it beside the effect. If the step only reads, say pure: ["${name}"]; if it has a key of its own, idempotent: ["${name}"].`,
  }
}

interface DivergenceDetails {
  readonly path?: unknown
  readonly expected?: unknown
  readonly found?: unknown
}

export function divergenceFinding(
  { message, details }: { readonly message: string; readonly details?: unknown },
  crash: string,
): Finding {
  const { path, expected, found } = (details ?? {}) as DivergenceDetails
  return {
    kind: "divergence",
    crash,
    ...(typeof path === "string" && { path }),
    ...(expected !== undefined && { expected }),
    ...(found !== undefined && { found }),
    message: `divergence: replayed, the workflow does something else than its journal says. ${message}\n   ${crash}\n   A workflow must do the same on every replay: whatever may come out otherwise (chance, time, state outside of the run) belongs into a step.`,
  }
}

const DIFFERENCES = {
  result: {
    what: "the run ends otherwise when it is killed",
    advice:
      "What a workflow returns may depend on its input, its steps' results and what it is sent, and on nothing else.",
  },
  effects: {
    what: "the outside is another when the run is killed",
    advice:
      "A step that was interrupted is called again: hand ctx.idempotencyKey to whoever is called, who keeps it beside the effect.",
  },
} as const

export function differenceFinding(
  kind: keyof typeof DIFFERENCES,
  { at, expected, found }: Difference,
  crash: string,
): Finding {
  const { what, advice } = DIFFERENCES[kind]
  const place = at === "" ? "" : `at ${at} `
  return {
    kind,
    crash,
    expected,
    found,
    message: `${kind}: ${what}: ${place}expected ${shown(expected)}, found ${shown(found)}.\n   ${crash}\n   ${advice}`,
  }
}

const SHOWN_LENGTH_MAX = 300

function shown(value: unknown): string {
  const text =
    value instanceof Error ? `${value.name}: ${value.message}` : (json(value) ?? String(value))
  return text.length > SHOWN_LENGTH_MAX ? `${text.slice(0, SHOWN_LENGTH_MAX)}…` : text
}

function json(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, (_, part: unknown) => {
      if (typeof part === "bigint") return String(part)
      return part instanceof Map || part instanceof Set ? [...part] : part
    })
  } catch {
    // A cycle, for example: the plain text has to do.
    return undefined
  }
}
