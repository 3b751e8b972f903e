// Constants: what the simulation is made of: each with its unit, and who says so.
// Owns: the figures. Copied from what the named script printed, on two cores of a shared virtual machine, --measure with its
// files on a disk in memory (TMPDIR=/dev/shm), so that no other process's writes stand in them; limits of the platform and of
// the ledger are their public ones. Assumed is only what neither a script nor a page tells.

export interface Constant<Value = number> {
  readonly value: Value
  readonly unit: string
  /** The script that prints it, the page that says it, the file that sets it, or what is assumed and why. */
  readonly from: string
}

const MEASURE = "npm run scale -- --measure"
const BENCH = "npm run bench, its part about the relay"

export const CONSTANTS = {
  objectRequestsPerSecond: {
    value: 1_000,
    unit: "requests/s",
    from: 'public: Cloudflare Durable Objects, "Limits": soft limit of one object',
  },
  requestShape: {
    value: [0.37, 0.4, 0.403, 0.41, 0.42, 0.44, 0.46, 0.49, 1.1],
    unit: "quantiles in steps of an eighth; only their proportions count",
    from: `measured: ${MEASURE}, "request with one durable insert, one caller"`,
  },
  insertMs: {
    value: 0.27,
    unit: "ms of the machine",
    from: `measured: ${MEASURE}, "request with one durable insert"`,
  },
  cardMs: {
    value: 0.19,
    unit: "ms of the machine",
    from: `measured: ${MEASURE}, "announcement of a start" and "card told to a shard by its run"`,
  },
  cardInBatchMs: {
    value: 0.038,
    unit: "ms of the machine",
    from: `measured: ${MEASURE}, "card told to a shard, 100 a message"`,
  },
  objectRoundTripMs: {
    value: 10,
    unit: "ms",
    from: "assumed: a call from object to object inside a region; the platform states no figure",
  },
  readPageRuns: {
    value: 100,
    unit: "runs",
    from: "set: src/object/run-index/shard-reader.ts, READS_MAX",
  },
  readsAtOnce: {
    value: 16,
    unit: "calls",
    from: "set: src/object/run-index/shard-reader.ts, READS_AT_ONCE",
  },
  readAfterMs: {
    value: 2_000,
    unit: "ms",
    from: "set: src/object/run-index/shard.ts, READ_WITHIN_MS",
  },
  announcementPatienceMs: {
    value: 50,
    unit: "ms",
    from: "set: src/object/run-index/announcer.ts, PATIENCE_MS: a start that waits longer leaves the index alone",
  },
  relayRequestMs: {
    value: 0.065,
    unit: "ms of the relay's thread",
    from: `measured: ${BENCH}, relay before a ledger that answers at once: processor time of a call, by its size`,
  },
  relayEventMs: {
    value: 0.002,
    unit: "ms of the relay's thread",
    from: `measured: ${BENCH}, the same`,
  },
  ledgerCommitMs: {
    value: 5,
    unit: "ms",
    from: "assumed: a batch's way through a cluster of three sites; no cluster was measured",
  },
  ledgerEventMs: {
    value: 0.001,
    unit: "ms of the ledger's thread",
    from: 'public: TigerBeetle, "Performance": a million transfers a second is what it is designed for',
  },
  ledgerBatchEvents: {
    value: 8_189,
    unit: "events",
    from: 'public: TigerBeetle, "Requests": the most that one request holds',
  },
  startMs: {
    value: 3.8,
    unit: "ms of the machine",
    from: "measured: npm run scale -- --sleepers 1000, a second by its starts, on a quiet machine",
  },
  wakeMs: {
    value: 2,
    unit: "ms of the machine",
    from: "measured: npm run scale -- --sleepers 1000, the last one's lateness by their number",
  },
  restingMs: {
    value: 10_000,
    unit: "ms",
    from: 'public: Cloudflare Durable Objects, "Lifecycle of a Durable Object": how long an idle object stays in memory',
  },
  restingObjectMebibytes: {
    value: 0.4,
    unit: "MiB",
    from: "measured: npm run scale -- --sleepers 1000 and 5000, memory while waking by the objects in it",
  },
  openFilesOfObject: {
    value: 3,
    unit: "files",
    from: "measured: the same, open files while waking by the objects in memory: the database, its log, the log's index",
  },
  sleeperBytes: {
    value: 24_600,
    unit: "bytes on disk",
    from: "measured: npm run scale -- --sleepers 1000, disk of a sleeper",
  },
} as const satisfies Readonly<Record<string, Constant<number | readonly number[]>>>

/** The same names with any figures: a test asks what would be if one were another. */
export type Constants = {
  readonly [Name in keyof typeof CONSTANTS]: {
    readonly value: (typeof CONSTANTS)[Name]["value"] extends readonly number[]
      ? readonly number[]
      : number
    readonly unit: string
    readonly from: string
  }
}
