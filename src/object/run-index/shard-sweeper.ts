// Shard sweeper: walks over all that a shard keeps: to bring it where it belongs when shards were added, to read every run
// again, and to take back from the others what was lost.
// Owns: the walks, page by page, each as far as its cursor says. Must not touch: how one run is read (shard-reader.ts).
//   S1. Nothing leaves before both of its new places have it, nor before a list that has asked them already has looked here.
//   S2. A page that could not be finished is walked again.

import type { RunCard } from "../../engine/ports/run-index.ts"
import { logFailure } from "../run-log.ts"
import type { HeldPage, Wanted } from "./messages.ts"
import { placesOf } from "./placement.ts"
import { READS_MAX, untilListsHaveLooked, type ShardReader } from "./shard-reader.ts"
import type { ShardParts } from "./shard-parts.ts"
import type { Sweep, SweepPlace } from "./shard-state.ts"

/**
 * Cards looked at in one stretch. Two such pages are one message, of 32 MiB at the most, and a card with all the tags there
 * may be takes 53 kB in it.
 */
const PAGE_CARDS = 200

/** A sweep that failed goes on after this. */
const PAUSE_MS = 5_000

export class ShardSweeper {
  readonly #parts: ShardParts
  readonly #reader: ShardReader
  #pausedUntilMs = 0

  constructor(parts: ShardParts, reader: ShardReader) {
    this.#parts = parts
    this.#reader = reader
  }

  /** When a sweep goes on; `undefined` when none is under way. */
  get dueMs(): number | undefined {
    const { state } = this.#parts
    if (state.place("moved") === undefined && state.place("reread") === undefined) return undefined
    return Math.max(this.#parts.nowMs(), this.#pausedUntilMs)
  }

  /** One page of each sweep that is under way. */
  async work(): Promise<void> {
    if (this.#pausedUntilMs > this.#parts.nowMs()) return
    await this.#page("moved", PAGE_CARDS, (cards, { kind }) => this.#move(cards, kind))
    await this.#page("reread", READS_MAX, (cards, { kind }) =>
      kind === "runs" ? this.#reader.reread(cards.map(({ id }) => id)) : Promise.resolve(true),
    )
  }

  /** The next cards of this shard that another one should keep, too. */
  held({ keeper, shards, after }: Wanted): HeldPage {
    const { rows } = this.#parts
    const isWanted = ({ id }: RunCard) => {
      const { home, copy } = placesOf(id, shards)
      return home === keeper || copy === keeper
    }
    // Of both kinds together in the order of ids, so that one id says how far the asker has come.
    const pages = [rows.page("runs", after, PAGE_CARDS), rows.page("copies", after, PAGE_CARDS)]
    const ends = pages.flatMap((page) => (page.length < PAGE_CARDS ? [] : [page.at(-1)?.id ?? ""]))
    const [end] = ends.sort((left, right) => (left < right ? -1 : 1))
    const cards = pages
      .flat()
      .filter((card) => isWanted(card) && (end === undefined || card.id <= end))
    return end === undefined ? { cards } : { cards, next: end }
  }

  /**
   * Takes from every other shard what this one should keep as well.
   * @param taken is called in the stretch that has written some
   * @throws when one of them cannot be asked
   */
  async restore(taken: () => void): Promise<void> {
    const shards = this.#parts.shards()
    const keeper = this.#parts.state.number
    for (const other of shards.all.filter((shard) => shard !== keeper)) {
      let page: HeldPage | undefined
      do {
        const after = page?.next ?? ""
        page = await shards.tell(other, (door, to) => door.held({ ...to, keeper, after }))
        for (const card of page.cards) this.#take(card)
        if (page.cards.length > 0) taken()
      } while (page.next !== undefined)
    }
  }

  #take(card: RunCard): void {
    const { rows, state } = this.#parts
    const isHome = this.#parts.shards().of(card.id)[0] === state.number
    rows.put(card, isHome, false)
  }

  async #page(
    sweep: Sweep,
    limit: number,
    work: (cards: readonly RunCard[], place: SweepPlace) => Promise<boolean>,
  ): Promise<void> {
    const { rows, state, nowMs } = this.#parts
    const place = state.place(sweep)
    if (place === undefined) return
    const cards = rows.page(place.kind, place.id, limit)
    const isDone = await work(cards, place)
    // It may have been begun anew meanwhile.
    const now = state.place(sweep)
    if (now?.kind !== place.kind || now.id !== place.id) return
    if (!isDone) this.#pausedUntilMs = nowMs() + PAUSE_MS
    else state.advance(sweep, behind(place, cards, limit))
  }

  /** @returns whether all of them are where they belong. */
  async #move(cards: readonly RunCard[], kind: SweepPlace["kind"]): Promise<boolean> {
    const { rows, state } = this.#parts
    const shards = this.#parts.shards()
    const targets = new Map<number, RunCard[]>()
    const strangers: RunCard[] = []
    for (const card of cards) {
      const places = shards.of(card.id)
      const mine = kind === "runs" ? places[0] : places[1]
      if (mine === state.number && kind === "copies") continue
      if (mine !== state.number) strangers.push(card)
      for (const place of places) {
        if (place !== state.number) targets.set(place, [...(targets.get(place) ?? []), card])
      }
    }
    try {
      await Promise.all(
        [...targets].map(([shard, moved]) =>
          shards.tell(shard, (door, to) =>
            door.hear({ cards: moved, gone: [], isCertain: false, ...to }),
          ),
        ),
      )
    } catch (error) {
      logFailure("Cards could not be moved to another shard; they stay for now.", error, {})
      return false
    }
    if (strangers.length > 0) await untilListsHaveLooked()
    for (const { id } of strangers) {
      // What has changed meanwhile is newer there, too: whoever told of it told both.
      const [home, copy] = shards.of(id)
      const now = kind === "runs" ? rows.get(id) : rows.copy(id)
      rows.drop(id, kind)
      if (now === undefined) continue
      if (home === state.number) rows.put(now, true, false)
      else if (copy === state.number) rows.put(now, false, false)
    }
    return true
  }
}

function behind(
  { kind }: SweepPlace,
  cards: readonly RunCard[],
  limit: number,
): SweepPlace | undefined {
  const last = cards.at(-1)
  if (last !== undefined && cards.length === limit) return { kind, id: last.id }
  return kind === "runs" ? { kind: "copies", id: "" } : undefined
}
