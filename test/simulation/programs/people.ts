// People: who is outside: they start runs, send messages, settle promises, look, and press the operators' buttons.
// Owns: what each of them knows, and telling the guard what they were answered. Must not touch: when they act (story).
//   P1. They come by the real client, so what they are told has crossed the real wire.

import { encode } from "../../../src/engine/values/codec.ts"
import type { RunRecord, Runs, StartRequest } from "../../../src/engine/ports/runs.ts"
import type { Answered } from "../promises/answers.ts"
import type { Guard } from "../promises/guard.ts"
import type { Choices } from "../words.ts"
import { asking } from "./asking.ts"
import { valueOf } from "./values.ts"

export type Verb = "cancel" | "kill" | "pause" | "resume" | "retry" | "skip" | "fork" | "delete"

export interface Start {
  readonly id: string
  readonly request: StartRequest
}

export class People {
  readonly #runs: Runs
  readonly #guard: Guard
  readonly #choices: Choices
  /** Tokens that somebody has come by. */
  readonly #tokens: { readonly run: string; readonly token: string }[] = []
  readonly #touched = new Set<string>()
  #sent = 0

  constructor(runs: Runs, guard: Guard, choices: Choices) {
    this.#runs = runs
    this.#guard = guard
    this.#choices = choices
  }

  async start({ id, request }: Start): Promise<void> {
    const present = this.#guard.lives(id)
    const known = this.#guard.allLives(id).length
    const answer = await asking(() => this.#runs.start(id, request))
    const { workflow } = request
    const input = encode(request.input)
    const result: (Answered & { verb: "start" })["result"] =
      answer.type === "refused"
        ? answer
        : {
            type: "ok",
            created: answer.value.created,
            incarnation: answer.value.run.incarnation,
            workflow: answer.value.run.workflow,
            input: answer.value.run.inputText,
          }
    const lives = [...present, ...this.#guard.allLives(id).slice(known)]
    this.#guard.answered(id, { verb: "start", workflow, input, result, lives })
  }

  signal(id: string, name: string, key: string | undefined): Promise<void> {
    return this.tell(id, name, ++this.#sent, key)
  }

  async tell(id: string, name: string, value: unknown, key: string | undefined): Promise<void> {
    const life = this.#lifeOf(id)
    const answer = await asking(() => this.#runs.signal(id, name, value, key))
    const result = answer.type === "refused" ? answer : { type: "ok" as const }
    // Which life took it nobody can tell.
    if (this.#lifeOf(id) !== life) return
    this.#guard.answered(id, { verb: "signal", name, key, result })
  }

  #lifeOf(id: string): string | undefined {
    return this.#guard.lives(id)[0]?.incarnation
  }

  update(id: string, name: string, key: string, isFit: boolean, waitMs: number): Promise<void> {
    return this.ask(id, name, isFit ? ++this.#sent : "no number", key, waitMs)
  }

  async ask(id: string, name: string, value: unknown, key: string, waitMs = 0): Promise<void> {
    const answer = await asking(() =>
      this.#runs.update(id, name, value, { idempotencyKey: key, waitMs }),
    )
    if (answer.type === "refused")
      return this.#guard.answered(id, { verb: "update", name, key, result: answer })
    const { state } = answer.value
    const text =
      answer.value.state === "replied"
        ? answer.value.replyText
        : answer.value.state === "rejected"
          ? answer.value.errorText
          : undefined
    this.#guard.answered(id, { verb: "update", name, key, result: { type: "ok", state, text } })
  }

  /** Looks at the run, and remembers the tokens that it hands out. */
  async look(id: string): Promise<RunRecord | undefined> {
    const answer = await asking(() => this.#runs.get(id))
    if (answer.type === "refused" || answer.value === undefined) return undefined
    const record = answer.value
    for (const { token } of record.waitingFor) {
      if (token !== undefined && !this.#tokens.some((known) => known.token === token)) {
        this.#tokens.push({ run: id, token })
      }
    }
    return record
  }

  async settle(): Promise<void> {
    const known = this.#tokens[this.#choices.upTo(Math.max(0, this.#tokens.length - 1))]
    if (known === undefined) return
    const { run, token } = known
    const settlement = this.#choices.chance(0.3)
      ? ({ type: "reject", message: `no ${++this.#sent}` } as const)
      : ({ type: "resolve", value: ++this.#sent } as const)
    const answer = await asking(() => this.#runs.settlePromise(token, settlement))
    const result =
      answer.type === "refused"
        ? answer
        : {
            type: "ok" as const,
            status: answer.value.status,
            text: answer.value.valueText ?? answer.value.errorText,
          }
    // What was settled after the life's end says only that nobody waits.
    this.#guard.answered(run, { verb: "settle", token, result })
  }

  /** Whether somebody has meddled with the run's course. */
  hasTouched(id: string): boolean {
    return this.#touched.has(id)
  }

  async operate(id: string, verb: Verb): Promise<void> {
    this.#touched.add(id)
    const isCut = verb === "retry" || verb === "skip" || verb === "delete"
    if (isCut) this.#guard.operated(id, true)
    const answer = await asking(() => this.#press(id, verb))
    if (isCut && answer.type === "refused" && answer.code !== "overloaded")
      this.#guard.operated(id, false)
    const result = answer.type === "refused" ? answer : { type: "ok" as const }
    this.#guard.answered(id, { verb, result })
  }

  async #press(id: string, verb: Verb): Promise<unknown> {
    const by = { by: "somebody", reason: `to ${verb}` }
    switch (verb) {
      case "retry":
        return this.#runs.retry(id, { ...by, ...(await this.#anyPath(id, "from")) })
      case "skip": {
        const { from = "0" } = await this.#anyPath(id, "from")
        return this.#runs.skip(id, { ...by, path: from, value: valueOf("number", ++this.#sent) })
      }
      case "fork": {
        const { from = "0" } = await this.#anyPath(id, "from")
        return this.#runs.fork(id, { ...by, to: `${id}-fork`, from })
      }
      case "delete":
        return this.#runs.delete(id)
      default:
        return this.#runs[verb](id, by)
    }
  }

  /** Mostly an entry of the journal; now and then none at all. */
  async #anyPath<K extends string>(id: string, key: K): Promise<{ [P in K]?: string }> {
    if (this.#choices.chance(0.4)) return {}
    const page = await this.#runs.journal(id, undefined, 50)
    const { entries } = page
    if (entries.length === 0) return {}
    return { [key]: this.#choices.oneOf(entries).path } as { [P in K]?: string }
  }
}
