// Socket flow: how far a socket's watcher may be behind. The runtime says nothing of what a socket has still to send and
// keeps all of it, so the watcher says what it has read: the text `read <count>`, of the messages it has had.
// Owns: the count of what was told and read, and its form in the socket's attachment, which outlives the object's memory.
//   F1. A watcher is told at most SOCKET_UNREAD_UNITS_MAX beyond what it has read, and the event that goes past it.
//   F2. A watcher that is told no more and says nothing is cut off after a while, and connects again with its last id.
//   F3. Each `read` says more than the one before: nobody is woken more often than something was told.
//   F4. The attachment stays small, whatever is told: not every message has a mark.

import { SOCKET_UNREAD_UNITS_MAX } from "../../engine/limits.ts"
import type { SocketOrder } from "../../engine/ports/run-events.ts"

export interface SocketState extends Omit<SocketOrder, "protocol"> {
  /** What has been told, and what of it is known to have been read. */
  readonly told: Amount
  readonly read: Amount
  /** Places in between, in their order. */
  readonly marks: readonly Amount[]
  /** Since when there has been more to tell and no room for it, with nothing said. */
  readonly heldAtMs?: number
}

interface Amount {
  readonly messages: number
  /** Their length. */
  readonly units: number
}

const NOTHING: Amount = { messages: 0, units: 0 }

/** A `read` in between counts as the mark before it. */
const MARK_UNITS = SOCKET_UNREAD_UNITS_MAX / 16

const READ = /^read (\d{1,9})$/

export function opened({ id, after, view }: SocketOrder): SocketState {
  return { id, after, view, told: NOTHING, read: NOTHING, marks: [] }
}

/** As it stands in an attachment, which an older version may have written. */
export function restored(attachment: unknown): SocketState {
  const state = attachment as Omit<SocketOrder, "protocol"> & Partial<SocketState>
  return { told: NOTHING, read: NOTHING, marks: [], ...state }
}

export function hasRoom({ told, read }: SocketState): boolean {
  return told.units - read.units < SOCKET_UNREAD_UNITS_MAX
}

/** It has been told this event. */
export function tell(state: SocketState, eventId: string, units: number): SocketState {
  const { read, marks } = state
  const told = { messages: state.told.messages + 1, units: state.told.units + units }
  const isFar = told.units - (marks.at(-1) ?? read).units >= MARK_UNITS
  return { ...state, after: eventId, told, marks: isFar ? [...marks, told] : marks }
}

/** How long a watcher with no room may say nothing. One that reads says so long before. */
export const SILENCE_MS = 10_000

/** There is more to tell, and no room for it. */
export function hold(state: SocketState, nowMs: number): SocketState {
  return { ...state, heldAtMs: state.heldAtMs ?? nowMs }
}

export function isSilent({ heldAtMs }: SocketState, nowMs: number): boolean {
  return heldAtMs !== undefined && nowMs - heldAtMs >= SILENCE_MS
}

/** It says what it has read. `undefined` for anything else, and for what cannot be. */
export function hear(state: SocketState, text: string): SocketState | undefined {
  const messages = Number(READ.exec(text)?.[1] ?? NaN)
  const { heldAtMs: _, ...rest } = state
  const { told, read, marks } = state
  if (!(messages > read.messages && messages <= told.messages)) return undefined
  if (messages === told.messages) return { ...rest, read: told, marks: [] }
  const passed = marks.findLast((mark) => mark.messages <= messages)
  return {
    ...rest,
    read: { messages, units: passed?.units ?? read.units },
    marks: marks.filter((mark) => mark.messages > messages),
  }
}
