// Thrown: what a span says of an error.
// Owns: what leaves of it: its name and code, and its message where messages may leave. Never a stack, a cause or a member;
// of what is no error, not even the text, since that is a value.

import { decode } from "../../engine/values/codec.ts"
import type { SpanAttributes, SpanEvent } from "./span.ts"

/** A message is for people to read in a list. */
const MESSAGE_CHARACTERS_MAX = 500

export interface Thrown {
  readonly type: string
  readonly code?: string | undefined
  readonly message?: string | undefined
}

/** @param text the codec's text of what was thrown */
export function readThrown(text: string | undefined, tellsMessages: boolean): Thrown {
  const thrown = decode(text ?? "null")
  if (!(thrown instanceof Error)) return { type: thrown === null ? "null" : typeof thrown }
  const { code } = thrown as { code?: unknown }
  return {
    type: thrown.name.slice(0, MESSAGE_CHARACTERS_MAX),
    ...(typeof code === "string" || typeof code === "number"
      ? { code: String(code).slice(0, MESSAGE_CHARACTERS_MAX) }
      : {}),
    ...(tellsMessages ? { message: thrown.message.slice(0, MESSAGE_CHARACTERS_MAX) } : {}),
  }
}

export function errorAttributes({ type, code }: Thrown): SpanAttributes {
  return { "error.type": type, ...(code === undefined ? {} : { "belay.error.code": code }) }
}

export function exceptionEvent({ type, message }: Thrown, atMs: number): SpanEvent {
  const told = message === undefined ? {} : { "exception.message": message }
  return { name: "exception", atMs, attributes: { "exception.type": type, ...told } }
}
