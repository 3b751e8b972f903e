// Deeds: each action of a person as it is asked for and sent: its dialog, its request, what is said afterwards.
// Owns: the words of the dialogs and the bodies of the requests. Must not touch: which actions are legal (actions.ts).
//   D1. Whatever cannot be undone is asked once more.
//   D2. Every answer is told, in the place that is read out.

import * as v from "valibot"
import { addressOfRun } from "../../place.ts"
import { RUN, type Run } from "../answers.ts"
import { pathTo } from "../api.ts"
import { confirmed, showDialog } from "../dialog.ts"
import { messageOf } from "../problem.ts"
import { valueView } from "../value.ts"
import type { Desk } from "../view.ts"
import type { Action, EntryActionName } from "./actions.ts"
import { download } from "./download.ts"
import { jsonField, reasonField, textField, type Field } from "./fields.ts"
import type { Row } from "./timeline.ts"
import { VERBS, type Verb } from "./verbs.ts"
import { entryTitle } from "./words.ts"

const NOTHING = v.unknown()
const REPLY = v.looseObject({ reply: v.optional(v.unknown()), statusUrl: v.optional(v.string()) })
const SETTLED = v.looseObject({ status: v.string() })

export class Deeds {
  readonly #desk: Desk
  readonly #id: string
  readonly #changed: () => void

  /** @param changed told after each deed: the run is another now. */
  constructor(desk: Desk, id: string, changed: () => void) {
    this.#desk = desk
    this.#id = id
    this.#changed = changed
  }

  async perform({ name, waiting }: Action): Promise<void> {
    if (name === "signal") return this.#signal(waiting?.name)
    if (name === "update") return this.#update(waiting?.name)
    if (name === "resolve") return this.#resolve(waiting?.token ?? "", waiting?.path ?? "")
    if (name === "reject") return this.#reject(waiting?.token ?? "", waiting?.path ?? "")
    if (name === "export") return this.#export()
    if (name === "delete") return this.#delete()
    if (name === "begin") return this.#begin()
    return this.#verb(name)
  }

  async performAt(name: EntryActionName, run: Run, row: Row): Promise<void> {
    if (name === "retryFrom") return this.#retryFrom(row)
    return name === "skip" ? this.#skip(row) : this.#fork(run, row)
  }

  async #verb(name: Verb): Promise<void> {
    const { done, ...words } = VERBS[name]
    const reason = reasonField()
    if (!(await confirmed({ ...words, fields: [reason.root] }))) return
    await this.#post([name], { reason: reason.value() }, done)
  }

  async #begin(): Promise<void> {
    const isMeant = await confirmed({
      title: "Begin this run now?",
      lines: ["It was to begin later; it begins at once instead."],
      verb: "Begin now",
    })
    if (isMeant) await this.#post(["resume"], {}, "It begins.")
  }

  async #signal(known: string | undefined): Promise<void> {
    const { name, value } = messageFields("signal", known)
    const isMeant = await confirmed({
      title: known === undefined ? "Send a signal" : `Send signal ${known}`,
      lines: ["It is kept until the run takes it, also before it waits for it."],
      verb: "Send",
      fields: [...name.fields, value.root],
    })
    if (!isMeant) return
    await this.#tell(async () => {
      const path = pathTo("v1", "runs", this.#id, "signals", name.value())
      await this.#desk.api.ask(path, NOTHING, { method: "POST", body: value.value() })
      return `Signal ${name.value()} is accepted.`
    })
  }

  async #update(known: string | undefined): Promise<void> {
    const { name, value } = messageFields("update", known)
    const isMeant = await confirmed({
      title: known === undefined ? "Send an update" : `Send update ${known}`,
      lines: ["The run answers it, or refuses it. The answer is waited for for ten seconds."],
      verb: "Send",
      fields: [...name.fields, value.root],
    })
    if (!isMeant) return
    await this.#tell(async () => {
      const path = pathTo("v1", "runs", this.#id, "updates", name.value())
      const answer = await this.#desk.api.ask(path, REPLY, { method: "POST", body: value.value() })
      if (answer.statusUrl !== undefined) return "It is accepted; the run has not answered yet."
      showDialog(`The answer to ${name.value()}`, valueView(answer.reply))
      return `Update ${name.value()} is answered.`
    })
  }

  async #resolve(token: string, path: string): Promise<void> {
    const value = jsonField("Value, as JSON")
    const isMeant = await confirmed({
      title: `Resolve the promise at ${path}`,
      lines: ["The run goes on with this value. The first to settle it wins."],
      verb: "Resolve",
      fields: [value.root],
    })
    if (isMeant) await this.#settle(token, "resolve", value.value())
  }

  async #reject(token: string, path: string): Promise<void> {
    const message = textField("Message of the error", { isRequired: true })
    const code = textField("Code (optional)")
    const isMeant = await confirmed({
      title: `Reject the promise at ${path}`,
      lines: ["The run is thrown this error where it waits."],
      verb: "Reject",
      isDangerous: true,
      fields: [message.root, code.root],
    })
    if (!isMeant) return
    await this.#settle(token, "reject", { message: message.value(), code: code.value() })
  }

  async #settle(token: string, how: "resolve" | "reject", body: unknown): Promise<void> {
    await this.#tell(async () => {
      const path = pathTo("v1", "promises", token, how)
      const { status } = await this.#desk.api.ask(path, SETTLED, { method: "POST", body })
      return `The promise is ${status.replaceAll("_", " ")}.`
    })
  }

  async #retryFrom({ entry }: Row): Promise<void> {
    const reason = reasonField()
    const isMeant = await confirmed({
      title: `Retry from ${entryTitle(entry)}?`,
      lines: [
        `The journal is forgotten from ${entry.path} on, and the run goes on from there: what came after is made again.`,
      ],
      verb: "Retry from here",
      isDangerous: true,
      fields: [reason.root],
    })
    const body = { from: entry.path, reason: reason.value() }
    if (isMeant) await this.#post(["retry"], body, "It goes on from there.")
  }

  async #skip({ entry }: Row): Promise<void> {
    const value = jsonField("Value, as JSON; empty for none")
    const reason = reasonField()
    const isMeant = await confirmed({
      title: `Skip ${entryTitle(entry)} with a value?`,
      lines: ["The run goes on as if it had ended with this value."],
      verb: "Skip with this value",
      isDangerous: true,
      fields: [value.root, reason.root],
    })
    const body = { path: entry.path, value: value.value(), reason: reason.value() }
    if (isMeant) await this.#post(["skip"], body, "It goes on with this value.")
  }

  async #fork(run: Run, { entry }: Row): Promise<void> {
    const id = textField("Id of the new run", { initial: `${run.id}-fork`, isRequired: true })
    const version = versionField(run.version)
    const reason = reasonField()
    const isMeant = await confirmed({
      title: `Fork from ${entryTitle(entry)}`,
      lines: [
        `A new run with the same journal up to ${entry.path}, which it makes itself. This run stays as it is.`,
      ],
      verb: "Fork",
      fields: [id.root, version.root, reason.root],
    })
    if (!isMeant) return
    const body = {
      id: id.value(),
      from: entry.path,
      version: Number(version.value()),
      reason: reason.value(),
    }
    await this.#tell(async () => {
      const path = pathTo("v1", "runs", this.#id, "fork")
      const fork = await this.#desk.api.ask(path, RUN, { method: "POST", body })
      this.#desk.go(addressOfRun(fork.id))
      return `Forked: this is the new run.`
    })
  }

  async #delete(): Promise<void> {
    const isMeant = await confirmed({
      title: "Delete this run?",
      lines: ["Every trace of it goes, and its id is free. This cannot be undone."],
      verb: "Delete",
      isDangerous: true,
    })
    if (!isMeant) return
    await this.#tell(async () => {
      const path = pathTo("v1", "runs", this.#id)
      await this.#desk.api.ask(path, NOTHING, { method: "DELETE" })
      this.#desk.go("/")
      return `Run ${this.#id} is deleted.`
    })
  }

  async #export(): Promise<void> {
    await this.#tell(async () => {
      const response = await this.#desk.api.request(pathTo("v1", "runs", this.#id, "export"))
      download(await response.blob(), `${this.#id.replaceAll(/[^\w.-]+/g, "-")}.jsonl`)
      return "The run is a file now; npm run replay takes it."
    })
  }

  async #post(parts: readonly string[], body: unknown, done: string): Promise<void> {
    await this.#tell(async () => {
      const path = pathTo("v1", "runs", this.#id, ...parts)
      await this.#desk.api.ask(path, RUN, { method: "POST", body })
      return done
    })
  }

  async #tell(work: () => Promise<string>): Promise<void> {
    try {
      this.#desk.say(await work())
    } catch (error) {
      this.#desk.say(messageOf(error), "bad")
    }
    this.#changed()
  }
}

function messageFields(kind: string, known: string | undefined) {
  const name = textField(`Name of the ${kind}`, { isRequired: true })
  return {
    name: {
      fields: known === undefined ? [name.root] : [],
      value: () => known ?? name.value() ?? "",
    },
    value: jsonField("Payload, as JSON; empty for none"),
  }
}

function versionField(initial: number): Field<string | undefined> {
  const field = textField("Version of the workflow", {
    initial: String(initial),
    isRequired: true,
  })
  const input = field.root.querySelector("input")
  input?.setAttribute("type", "number")
  input?.setAttribute("min", "1")
  return field
}
