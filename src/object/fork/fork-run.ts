// Fork run: carries a fork from the object of a run to the object of its copy, outside of both.
// Owns: the order of the calls. Every one of them may be repeated, so a reset of either object costs a repetition.

import { BelayError } from "../../engine/errors.ts"
import type { ForkAction } from "../../engine/ports/runs.ts"
import type { Answer } from "../answer.ts"
import type { SentStart } from "../doors/start-door.ts"
import { pack, type Packed } from "../wire.ts"
import type {
  ForkBegin,
  ForkCursor,
  ForkNote,
  ForkOrder,
  ForkPage,
  StagedPage,
} from "./fork-messages.ts"

/** The methods of a run object that a fork calls. */
export interface ForkObject {
  forkPage(id: string, order: ForkOrder, from: ForkCursor | undefined): Promise<Answer<ForkPage>>
  stageFork(page: Packed<StagedPage>): Promise<Answer<boolean>>
  beginFork(id: string, begin: Packed<ForkBegin>): Promise<Answer<SentStart>>
  noteFork(note: ForkNote): Promise<Answer<null>>
}

export type CallFork = <T>(
  id: string,
  work: (object: ForkObject) => Promise<Answer<T>>,
) => Promise<T>

/** How often a fork is taken anew because the run has moved meanwhile. */
const TAKES_MAX = 5

/** @throws run_unknown, path_unknown, version_unknown, run_conflict */
export async function forkRun(call: CallFork, id: string, action: ForkAction): Promise<SentStart> {
  for (let takes = 0; takes < TAKES_MAX; takes++) {
    const forked = await takeFork(call, id, action)
    if (forked !== undefined) return forked
  }
  throw new BelayError(
    "overloaded",
    `Run "${id}" moves faster than it can be copied; pause it, then fork it.`,
  )
}

/** `undefined` when the run has moved meanwhile. */
async function takeFork(
  call: CallFork,
  id: string,
  { to, from, version, by, reason }: ForkAction,
): Promise<SentStart | undefined> {
  const order = { from, version }
  const fork = crypto.randomUUID()
  let page = await call(id, (object) => object.forkPage(id, order, undefined))
  const { head } = page
  if (head === undefined) return undefined
  let lines = 0
  for (;;) {
    const staged = pack<StagedPage>({ fork, firstLine: lines, lines: page.lines })
    // Where a run stands, it is compared.
    if (!(await call(to, (object) => object.stageFork(staged)))) break
    lines += page.lines.length
    const { next } = page
    if (next === undefined) break
    page = await call(id, (object) => object.forkPage(id, order, next))
    if (page.hasMoved === true) return undefined
  }
  const incarnation = crypto.randomUUID()
  const action = { by, reason }
  const begin = pack<ForkBegin>({ fork, lines, head, version, incarnation, action })
  const forked = await call(to, (object) => object.beginFork(to, begin))
  const note = { origin: head.origin, to: { id: to, incarnation: forked.run.incarnation }, action }
  await call(id, (object) => object.noteFork(note))
  return forked
}
