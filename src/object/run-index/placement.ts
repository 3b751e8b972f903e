// Placement: which two shards of the index keep a run.
// Owns: the rule. Pure.
//   P1. A run's home answers for it, another shard keeps a copy: what one loses, the others still know.
//   P2. When shards are added a run stays where it is, or moves to a new one: jump consistent hashing (Lamping and Veach,
//       2014), so that growing moves no more than it must.

/** Fewer could not keep two of everything. */
export const SHARDS_MIN = 2

/** Every list asks every shard. */
export const SHARDS_MAX = 256

export const SHARDS_DEFAULT = 4

export interface Places {
  readonly home: number
  readonly copy: number
}

/** @param shards how many there are, at least two */
export function placesOf(id: string, shards: number): Places {
  const hash = hashOf(id)
  const home = jump(hash, shards)
  const others = jump(mix(hash ^ 0x9e3779b9), shards - 1)
  return { home, copy: others < home ? others : others + 1 }
}

/** What the setting says; the default for anything that is no such number. */
export function shardCount(setting: string | undefined): number {
  const count = Number(setting)
  if (setting === undefined || setting === "" || !Number.isInteger(count)) return SHARDS_DEFAULT
  return Math.min(Math.max(count, SHARDS_MIN), SHARDS_MAX)
}

/** A bucket below `buckets`; of one more bucket every id either keeps its own or goes to the new one. */
function jump(seed: number, buckets: number): number {
  let state = seed >>> 0
  let bucket = 0
  for (let next = 0; next < buckets;) {
    bucket = next
    state = mix(state + 0x6d2b79f5)
    next = Math.floor((bucket + 1) / ((state + 1) / 2 ** 32))
  }
  return bucket
}

/** FNV-1a over the id's UTF-16 units, mixed so that ids which differ in their last character part. */
function hashOf(id: string): number {
  let hash = 0x811c9dc5
  for (let at = 0; at < id.length; at++) {
    hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193)
  }
  return mix(hash)
}

/** A bijection of 32 bits in which every bit of the result depends on every bit given. */
function mix(value: number): number {
  let mixed = value >>> 0
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}
