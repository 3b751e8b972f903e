// Types: how a workflow function's own types flow to those who call it over HTTP.
// Owns: what becomes of a type on its way through plain JSON. Nothing here runs.

/** A workflow function, whatever package its context is from. */
export type AnyWorkflow = (ctx: never, ...input: never[]) => Generator<unknown, unknown, never>

/** Workflows by the names they are registered under: `createClient<{ buy: typeof buy }>(…)`. */
export type Workflows = Readonly<Record<string, AnyWorkflow>>

/** Of a client that was told no workflows. */
export type UnknownWorkflows = Readonly<
  Record<string, (ctx: never, ...input: unknown[]) => Generator<unknown, unknown, never>>
>

type Scalar = string | number | boolean | null

/** What is read of a value as plain JSON. */
export type AsJson<T> = unknown extends T
  ? unknown
  : T extends Scalar
    ? T
    : T extends undefined | void
      ? null
      : T extends bigint | Date | Uint8Array
        ? string
        : T extends ReadonlyMap<infer Key, infer Value>
          ? [AsJson<Key>, AsJson<Value>][]
          : T extends ReadonlySet<infer Item>
            ? AsJson<Item>[]
            : T extends readonly unknown[]
              ? { -readonly [K in keyof T]: AsJson<T[K]> }
              : T extends object
                ? { [K in keyof T]: AsJson<T[K]> }
                : never

/** What can be sent and arrives as it was: a Date, bigint, Map, Set or bytes would arrive as something else. */
export type Sendable<T> = unknown extends T
  ? unknown
  : T extends Scalar | undefined
    ? T
    : T extends bigint | Date | Uint8Array | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown>
      ? never
      : T extends (...input: never[]) => unknown
        ? never
        : T extends readonly unknown[]
          ? { [K in keyof T]: Sendable<T[K]> }
          : T extends object
            ? { [K in keyof T]: Sendable<T[K]> }
            : never

/** The arguments after the context. */
export type InputOf<F> = F extends (ctx: never, ...input: infer Input) => unknown
  ? Sendable<Input>
  : never

/** What the workflow returns, as it is read. */
export type ResultOf<F> = F extends (...input: never[]) => Generator<unknown, infer Result, never>
  ? AsJson<Result>
  : unknown
