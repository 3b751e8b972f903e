// Messages: what one says to a run: signals, updates, the settlement of its promises.

import type { SettledPromise } from "../../client/index.ts"
import type { Call, Command } from "../command.ts"
import type { Options } from "../syntax.ts"
import { UsageError } from "../exit-code.ts"
import { readText } from "../given.ts"
import { oneLine, safeJson } from "../text.ts"

const VALUE_FILE: Options = {
  "value-file": { value: "FILE", text: "the value from a file, - for standard input" },
}

const KEY: Options = {
  key: { value: "KEY", text: "the same message is the same message by it; made unless given" },
}

/** A run that receives no update never answers one. */
const UPDATE_WITHIN_MS = 30_000

const WITHIN: Options = {
  within: { value: "DURATION", text: "how long to wait for the answer; 30s unless given" },
}

const TOKEN_DETAILS = [
  "The token of a promise is the right to settle it: - reads it from standard input, so that no list of processes has it.",
  "The first settlement holds; a later one is told it.",
]

export const SIGNAL: Command = {
  name: "signal",
  arguments: "ID NAME [JSON]",
  summary: "send a run a message",
  options: { ...VALUE_FILE, ...KEY },
  async run({ client, screen, given, signal }) {
    const [id, name] = [given.argument(0), given.argument(1)]
    const value = given.json(given.optional(2), "value", "value-file")
    await client.signal(id, name, value, { ...keyOf(given.text("key")), signal })
    if (screen.isJson) return screen.json({ id, signal: name })
    await screen.line(`Run ${oneLine(id)} has the signal ${oneLine(name)}.`)
  },
}

export const UPDATE: Command = {
  name: "update",
  arguments: "ID NAME [JSON]",
  summary: "send a run a message and wait for its answer",
  details: [
    "Its answer is printed as JSON; 1 when the workflow rejects the message, or has not answered in time:",
    "the message stays with the run then, and is the same one when it is sent again with the key that is said.",
  ],
  options: { ...VALUE_FILE, ...KEY, ...WITHIN },
  async run({ client, screen, given, signal }) {
    const value = given.json(given.optional(2), "value", "value-file")
    const timeoutMs = given.durationMs("within") ?? UPDATE_WITHIN_MS
    const sent = { ...keyOf(given.text("key")), timeoutMs, signal }
    const reply = await client.update(given.argument(0), given.argument(1), value, sent)
    if (screen.isJson) return screen.json({ reply })
    await screen.line(safeJson(reply))
  },
}

export const RESOLVE: Command = {
  name: "resolve",
  arguments: "TOKEN [JSON]",
  summary: "settle a promise with a value",
  details: TOKEN_DETAILS,
  options: VALUE_FILE,
  async run(call) {
    const { client, given } = call
    const token = tokenOf(given.argument(0), given.text("value-file"))
    const value = given.json(given.optional(1), "value", "value-file")
    await print(call, await client.resolvePromise(token, value))
  },
}

export const REJECT: Command = {
  name: "reject",
  arguments: "TOKEN MESSAGE",
  summary: "settle a promise with an error",
  details: TOKEN_DETAILS,
  options: {
    code: { value: "CODE", text: "of the error" },
    details: { value: "JSON", text: "of the error" },
    "details-file": { value: "FILE", text: "the details from a file, - for standard input" },
  },
  async run(call) {
    const { client, given } = call
    const token = tokenOf(given.argument(0), given.text("details-file"))
    const code = given.text("code")
    const details = given.json(given.text("details"), "details", "details-file")
    const error = {
      message: given.argument(1),
      ...(code === undefined ? {} : { code }),
      ...(details === undefined ? {} : { details }),
    }
    await print(call, await client.rejectPromise(token, error))
  },
}

function keyOf(key: string | undefined): { readonly idempotencyKey?: string } {
  return key === undefined ? {} : { idempotencyKey: key }
}

function tokenOf(text: string, valueFile: string | undefined): string {
  if (text !== "-") return text
  if (valueFile === "-")
    throw new UsageError("Standard input can be the token or the value, not both.")
  return readText("-").trim()
}

async function print({ screen }: Call, settled: SettledPromise): Promise<void> {
  if (screen.isJson) return screen.json(settled)
  const { status, value, error } = settled
  const what = error === undefined ? safeJson(value) : `${error.name}: ${error.message}`
  await screen.line(`The promise is ${status}: ${oneLine(what)}`)
}
