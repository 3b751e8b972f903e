// One question to the relays: one is asked, others beside it when it stays silent, until one of them knows.
// Owns: when each relay is asked, and whose answer counts. Keeps nothing after the answer: no timer, no listener, no
// request. What the replies prove is `relay-reply.ts`'s.
//   E1. A question ends within its time, whatever the relays do.
//   E2. For a write, anything but `ledger_unknown` means that no relay can have submitted the events.
//   E3. A definite answer counts, whatever relays asked before it left open; the first one ends the question.
//   E4. A relay whose share of the time is over is overtaken, not given up: the next one is asked beside it, and both
//       have until the end. Otherwise a ledger that needs more than a share for every answer would never be heard.
//   E5. A client holds few overtaken requests; those beyond are given up, and heard in a later attempt if need be. A run
//       object has six connections that may wait for headers, the runtime makes all others wait: a silent relay must
//       not take them all.
// So the same events may be under way through several relays at once. That is harmless, because their ids decide: the
// copy that the ledger takes first takes effect, the others read what became of it. A chain likewise: it is taken whole
// or not at all. To the copy that comes second the ledger says `exists` and `linked_event_failed`; by then the other one
// is committed, so the relay that looks the members up finds all of them, whichever relay came first. A refusal that
// burns its id refuses the other copy as well; one that does not is final only when no copy is under way any more, as it
// always was after an attempt without an answer.
import type { LedgerError } from "./errors.ts"
import type { CallTrace } from "./ledger.ts"
import { callRelay, type Fetch } from "./relay-call.ts"
import type { ChosenRelay, RelayMarks } from "./relay-choice.ts"
import {
  invalidRequest,
  maybeSubmitted,
  noAnswer,
  readAnswer,
  type RelayReply,
  type Unanswered,
} from "./relay-reply.ts"
import type { EdgeSigner } from "./signature.ts"

export interface RelayParts {
  readonly urls: readonly string[]
  readonly marks: RelayMarks
  readonly signer: EdgeSigner
  readonly fetch: Fetch
}

export interface Question<Result> {
  readonly operation: string
  readonly path: string
  /** Whether a question without an answer may have changed something. */
  readonly effect: "writes" | "reads"
  /** What leads to the relay that is asked first. */
  readonly key: string
  readonly body: Uint8Array
  /** @throws WireError when the answer does not read well: an old relay or a broken one. */
  readonly read: (body: unknown) => Result
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
  readonly trace?: CallTrace | undefined
}

/** A relay that failed and has not answered since gets this part of another's share: it is most likely still down. */
const FAILED_WEIGHT = 0.25

/**
 * Asks.
 * @throws LedgerError `ledger_unknown` (writes only), `ledger_unavailable`, `ledger_invalid`, or
 * `ledger_not_configured` when no relay lets this key do it.
 */
export async function askRelays<Result>(
  parts: RelayParts,
  question: Question<Result>,
): Promise<Result> {
  const { signal } = question
  const round = new Round(parts, question)
  const end = () => round.end()
  signal?.addEventListener("abort", end)
  try {
    return await round.answer()
  } finally {
    signal?.removeEventListener("abort", end)
    // Those that lost: what they would say is of no interest any more.
    end()
  }
}

class Round<Result> {
  readonly #parts: RelayParts
  readonly #question: Question<Result>
  readonly #deadlineMs: number
  /** Not asked yet. */
  #waiting: readonly ChosenRelay[]
  /** By address, in the order in which they were asked. */
  readonly #inFlight = new Map<string, Asked>()
  /** Those whose share ended in silence, in this order; some may have replied since. */
  readonly #overtaken: string[] = []
  readonly #open: Unanswered[] = []

  constructor(parts: RelayParts, question: Question<Result>) {
    this.#parts = parts
    this.#question = question
    this.#deadlineMs = Date.now() + question.timeoutMs
    this.#waiting = parts.marks.order(parts.urls, question.key)
  }

  /** Gives up all that is in flight. */
  end(): void {
    for (const asked of this.#inFlight.values()) {
      overtakenBy(this.#parts).delete(asked)
      asked.giveUp.abort()
    }
  }

  async answer(): Promise<Result> {
    let latest: Asked | undefined
    for (;;) {
      latest ??= this.#askNext()
      if (this.#inFlight.size === 0) throw this.#noAnswer()
      const reply = await this.#nextReply(latest?.shareEndMs)
      if (reply === undefined) {
        if (latest !== undefined) this.#overtake(latest)
        latest = undefined
        continue
      }
      this.#leave(reply.url)
      const read = readAnswer(reply.url, reply.answer, this.#question.read)
      if (read.kind === "answered") {
        this.#noteAnswer(reply.url)
        return read.result
      }
      this.#note(read)
      if (reply.url === latest?.url) latest = undefined
    }
  }

  /** Asks the next relay, unless there is none, or no time, or nobody who waits. */
  #askNext(): Asked | undefined {
    const [chosen, ...others] = this.#waiting
    const timeoutMs = this.#deadlineMs - Date.now()
    const { path, body, signal, trace } = this.#question
    if (chosen === undefined || timeoutMs <= 0 || signal?.aborted === true) return undefined
    const { url } = chosen
    const shareMs = shareOf(this.#waiting, timeoutMs)
    this.#waiting = others
    const giveUp = new AbortController()
    const call = { url, path, body, timeoutMs, signal: giveUp.signal, trace }
    const { fetch, signer } = this.#parts
    const reply = callRelay(fetch, signer, call).then((answer) => ({ url, answer }))
    // Awaited below for as long as the question is open. One that rejects after that has lost: the question has its
    // answer, the ids of the events decide what became of this copy, and there is nobody left to tell.
    reply.catch(() => undefined)
    const asked = { url, shareMs, shareEndMs: Date.now() + shareMs, reply, giveUp }
    this.#inFlight.set(url, asked)
    return asked
  }

  #leave(url: string): void {
    const asked = this.#inFlight.get(url)
    if (asked !== undefined) overtakenBy(this.#parts).delete(asked)
    this.#inFlight.delete(url)
  }

  /** The next reply, or `undefined` when it is time to ask another relay. */
  async #nextReply(shareEndMs: number | undefined): Promise<Reply | undefined> {
    const replies = [...this.#inFlight.values()].map(({ reply }) => reply)
    if (shareEndMs === undefined || this.#waiting.length === 0) return Promise.race(replies)
    let end = (): void => undefined
    const shareEnd = new Promise<undefined>((resolve) => {
      end = () => resolve(undefined)
    })
    const timer = setTimeout(() => end(), Math.max(shareEndMs - Date.now(), 0))
    try {
      return await Promise.race([...replies, shareEnd])
    } finally {
      clearTimeout(timer)
    }
  }

  // Marked now and not in the end: other questions need not wait for it meanwhile.
  #overtake(asked: Asked): void {
    const { url, shareMs, giveUp } = asked
    this.#overtaken.push(url)
    this.#parts.marks.noteFailure(url)
    const held = overtakenBy(this.#parts)
    if (held.size < OVERTAKEN_MAX) {
      held.add(asked)
      return
    }
    this.#leave(url)
    giveUp.abort()
    const reason = `relay ${url} gave no answer within ${shareMs} ms, its share of the time`
    this.#open.push({ kind: "unknown", url, reason })
  }

  #noteAnswer(url: string): void {
    const { marks } = this.#parts
    marks.noteAnswer(url)
    for (const other of this.#overtaken) if (this.#inFlight.has(other)) marks.noteFailure(other)
  }

  /** @throws LedgerError when a relay has said, and may say, that the request can never be accepted. */
  #note(reply: Unanswered): void {
    this.#open.push(reply)
    // A caller that gives up, for reasons of its own, says nothing about the relay.
    if (reply.kind !== "given_up") this.#parts.marks.noteFailure(reply.url)
    // Of two relays one may be older and refuse what the other takes: beside that one its refusal proves nothing.
    const maybeTaken = this.#inFlight.size > 0 || this.#open.some(maybeSubmitted)
    if (this.#question.effect === "writes" && maybeTaken) return
    const refusal = this.#open.find(({ kind }) => kind === "invalid")
    if (refusal === undefined) return
    this.#noteAnswer(refusal.url)
    throw invalidRequest(refusal.reason)
  }

  #noAnswer(): LedgerError {
    // The first one of those that cost time for nothing goes last, so that another has the whole time next time.
    const [first] = this.#overtaken
    const givenUp = this.#question.signal?.aborted === true
    if (first !== undefined && !givenUp) this.#parts.marks.noteFailure(first)
    return noAnswer(this.#question, this.#open)
  }
}

/** A request in flight: what its relay is given before the next one is asked, in ms and since 1970. */
interface Asked {
  readonly url: string
  readonly shareMs: number
  readonly shareEndMs: number
  readonly reply: Promise<Reply>
  readonly giveUp: AbortController
}

interface Reply {
  readonly url: string
  readonly answer: RelayReply
}

/** Overtaken requests that one client holds: half of a run object's connections, so that the others go on. */
const OVERTAKEN_MAX = 3

/** Those in flight, by client. */
const overtaken = new WeakMap<RelayParts, Set<Asked>>()

function overtakenBy(client: RelayParts): Set<Asked> {
  const held = overtaken.get(client) ?? new Set()
  overtaken.set(client, held)
  return held
}

/** How long the first of these relays is waited for alone, of the time that is left, in ms. */
function shareOf(relays: readonly ChosenRelay[], leftMs: number): number {
  const [first = 0, ...others] = relays.map(({ failed }) => (failed ? FAILED_WEIGHT : 1))
  const all = others.reduce((sum, weight) => sum + weight, first)
  return Math.floor((leftMs * first) / all)
}
