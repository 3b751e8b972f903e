// Program: a workflow as plain data: a tree over all operations, which is the run's input.
// Owns: the shape. Must not touch: how it is drawn (grammar.ts), what it does (interpreter.ts).
//   P1. Plain JSON: it survives a start and a replay, and can be made smaller by leaving parts out.
//   P2. Every step has a tag of its own, by which its effects and its value are known again.

export type CompositeName = "race" | "any" | "all" | "allSettled"

/** Values that a step may give, by name; see values.ts. */
export const VALUE_NAMES = [
  "number",
  "text",
  "date",
  "map",
  "bigint",
  "undefined",
  "cycle",
  "nan",
  "bytes",
  "big",
  "function",
] as const

export type ValueName = (typeof VALUE_NAMES)[number]

export interface Policy {
  readonly type: "exponential" | "linear" | "constant" | "never"
  readonly delayMs: number
  readonly maxRetries?: number
  readonly onExhausted?: "pause"
}

/** What one step does, in every attempt. */
export interface StepPlan {
  readonly tag: number
  /** A plain function, an async one, or a plain one that gives a promise. */
  readonly how: "plain" | "async" | "lazy"
  readonly value: ValueName
  /** Attempts that fail before one is right; -1 for all of them. */
  readonly failures: number
  /** It fails for good at once. */
  readonly isFatal?: true
  /** Attempts that hang until they are aborted. */
  readonly hangs?: number
  readonly takesMs: number
  /** It tells the outside of itself and waits for the answer, as far as it can wait. */
  readonly callsOut: boolean
  readonly policy?: Policy
  readonly timeoutMs?: number
  readonly attemptTimeoutMs?: number
}

export type Node =
  | { readonly do: "step"; readonly step: StepPlan; readonly isBegun?: true }
  | { readonly do: "sleep"; readonly ms: number; readonly isUntil?: true }
  | { readonly do: "signal"; readonly name: string; readonly timeoutMs?: number }
  | {
      readonly do: "receive"
      readonly name: string
      readonly timeoutMs?: number
      readonly answers: "reply" | "reject" | "never"
    }
  | { readonly do: "promise"; readonly timeoutMs?: number }
  | { readonly do: "made"; readonly what: "now" | "random" | "uuid" }
  | { readonly do: "publish"; readonly value: ValueName }
  | { readonly do: "panic"; readonly holds: boolean; readonly isAssert?: true }
  | { readonly do: "throw"; readonly value: ValueName | "error" }
  /** Yields something that is no operation. */
  | { readonly do: "junk" }
  | { readonly do: "compensate"; readonly step: StepPlan }
  | {
      readonly do: "fold"
      readonly step: StepPlan
      readonly items: number
      readonly applies: boolean
    }
  | {
      readonly do: "child"
      readonly body: Node
      readonly call: "rpc" | "begin" | "detached"
      readonly close?: "cancel" | "abandon" | "wait"
      readonly timeoutMs?: number
      readonly retries?: number
      readonly delayMs?: number
    }
  /** Waits for something begun before, if there is such a thing. */
  | { readonly do: "join"; readonly which: number }
  /** The code before and after a change; a deploy brings the second, behind a patch marker. */
  | { readonly do: "change"; readonly name: string; readonly old: Node; readonly fresh: Node }
  | { readonly do: "seq"; readonly parts: readonly Node[] }
  | {
      readonly do: "sub"
      readonly body: Node
      readonly timeoutMs?: number
      readonly isBegun?: true
    }
  | { readonly do: "shield"; readonly body: Node }
  | {
      readonly do: "composite"
      readonly kind: CompositeName
      readonly members: readonly Node[]
      readonly isRecord: boolean
      readonly concurrency?: number
    }
  | {
      readonly do: "try"
      readonly body: Node
      readonly cleanUp?: Node
      readonly swallows: boolean
    }

/** The one argument of the workflow `program`. */
export interface ProgramInput {
  readonly root: Node
  /** Sleeps until an instant count from here. */
  readonly bornAtMs: number
  readonly generation: number
  /** So often it continues as new after its body. */
  readonly turns: number
  /** Names its lane, where the workflow has limits. */
  readonly lane?: string
}
