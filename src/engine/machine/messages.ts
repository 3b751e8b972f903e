// Messages: signals, updates and promises: what reaches a run from outside.
// Owns: who waits for which name, acceptance of updates, and the message a workflow is handed.
// Must not touch: where messages are stored (RunStore), timeouts (waits).
//   M1. A message is consumed by the record that says so (`ref`), so it is delivered once (promise 7).
//   M2. A refused update leaves no trace in the journal.

import { decode, encode, encodeThrown } from "../values/codec.ts"
import type { Message } from "../workflow/context.ts"
import type { Core } from "./core.ts"
import { NonRetryableError } from "../errors.ts"
import { Operation, type Validate } from "../workflow/operation.ts"
import type { InboxMessage, RunStore } from "../ports/ports.ts"
import { describeIssues } from "../workflow/registry.ts"
import type { Entry } from "./tree.ts"

type MessageKind = "signal" | "update"

export class Messages {
  readonly #core: Core
  readonly #waiting = new Map<string, Set<Entry>>()

  constructor(core: Core) {
    this.#core = core
  }

  /** Takes a message that lies ready, or records the wait. Live only. */
  perform(entry: Entry): void {
    // Whoever waits already comes first.
    const isFirst = !this.#waiting.has(keyOf(kindOf(entry), entry.name ?? ""))
    const message = isFirst ? this.#acceptable(entry) : undefined
    if (message !== undefined) return this.#consume(entry, message)
    this.#core.record(entry, { type: "open" })
  }

  /** The entry waits from now on. */
  wait(entry: Entry): void {
    const key = keyOf(kindOf(entry), entry.name ?? "")
    const waiting = this.#waiting.get(key) ?? new Set<Entry>()
    waiting.add(entry)
    this.#waiting.set(key, waiting)
  }

  stopWaiting(entry: Entry): void {
    const key = keyOf(kindOf(entry), entry.name ?? "")
    const waiting = this.#waiting.get(key)
    if (waiting?.delete(entry) === true && waiting.size === 0) this.#waiting.delete(key)
  }

  /** A message of this name has arrived: the first who waits gets it. */
  arrived(kind: MessageKind, name: string): void {
    const [entry] = this.#waiting.get(keyOf(kind, name)) ?? []
    if (entry === undefined) return
    const message = this.#acceptable(entry)
    if (message === undefined) return
    this.#consume(entry, message)
    // Whoever still waits for this name gets the next one, after this one has had its effect.
    if (this.#waiting.has(keyOf(kind, name))) this.#core.post({ type: "message", kind, name })
  }

  /** After a replay: what arrived while nobody was there. */
  recover(): void {
    for (const key of this.#waiting.keys()) {
      const kind = key.startsWith("signal:") ? "signal" : "update"
      this.#core.post({ type: "message", kind, name: key.slice(kind.length + 1) })
    }
  }

  #acceptable(entry: Entry): InboxMessage | undefined {
    const { store } = this.#core.ports
    const kind = kindOf(entry)
    for (;;) {
      const message = store.nextMessage(kind, entry.name ?? "")
      if (message === undefined || entry.body.type !== "receive") return message
      const refusal = refusalOf(entry.body.validate, decode(message.text))
      if (refusal === undefined) return message
      store.answerUpdate(message.id, { state: "rejected", text: encodeThrown(refusal) })
    }
  }

  #consume(entry: Entry, message: InboxMessage): void {
    this.#core.settle(entry, { state: "completed", text: message.text, ref: message.id })
  }
}

function kindOf(entry: Entry): MessageKind {
  return entry.body.type === "receive" ? "update" : "signal"
}

function keyOf(kind: MessageKind, name: string): string {
  return `${kind}:${name}`
}

/** Why a value is refused; `undefined` when it is accepted. */
function refusalOf(validate: Validate | undefined, value: unknown): unknown {
  if (validate === undefined) return undefined
  try {
    if (typeof validate === "function") {
      return validate(value) === false ? new Error("The value was refused.") : undefined
    }
    const result = validate["~standard"].validate(value)
    if ("then" in result) {
      return new NonRetryableError(
        "The schema of this update is asynchronous; give receive a synchronous one.",
      )
    }
    return result.issues === undefined ? undefined : new Error(describeIssues(result.issues))
  } catch (error) {
    return error ?? new Error("The value was refused.")
  }
}

/** The message behind a consumed update. Answering twice, also over replays, changes nothing. */
export function messageOf(store: RunStore, ref: number, text: string): Message {
  const answered = () => new Operation<void>({ kind: "nothing" })
  return {
    value: decode(text),
    reply: (value?: unknown) => {
      store.answerUpdate(ref, { state: "completed", text: encode(value) })
      return answered()
    },
    reject: (error: unknown) => {
      store.answerUpdate(ref, { state: "rejected", text: encodeThrown(error) })
      return answered()
    },
  }
}
