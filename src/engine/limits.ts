// Limits: every number that bounds something, with its unit and its reason.

/** A run id in UTF-8. Long enough for "namespace/uuid", short enough for a path segment and an index key. */
export const RUN_ID_BYTES_MAX = 256

/** One stored value, encoded, in UTF-8. Bounds the memory one entry can claim out of the isolate's 128 MB. */
export const VALUE_BYTES_MAX = 16 * 1024 * 1024

/** A run's input: one value of the greatest size inside the list of arguments, with room for what stands around it. */
export const INPUT_BYTES_MAX = VALUE_BYTES_MAX + 64 * 1024

/** Levels of one stored value: lists in objects in Maps … Deeper ones would fit or not by how much stack happens to be left. */
export const VALUE_DEPTH_MAX = 500

/** One row's text, in UTF-8. The platform refuses rows of 2 MB when deployed, though it takes 4 MiB locally. */
export const ROW_BYTES_MAX = 1_800_000

/**
 * What one object stores. The platform refuses writes past 10 GB; what lies between is the reserve in which the engine
 * writes why the run stopped, its alarm, what a person does about it, and that a message has arrived.
 */
export const STORE_BYTES_MAX = 9_000_000_000

/** An HTTP body. Larger inputs belong in a store, with a reference in the input. */
export const BODY_BYTES_MAX = 1024 * 1024

/** Slices in one event, after which the drive goes on in a fresh event with a fresh budget of CPU time. */
export const SLICES_PER_EVENT_MAX = 20

/** How long one attempt may take unless `attemptTimeoutMs` says otherwise: 5 minutes. */
export const ATTEMPT_TIMEOUT_MS_DEFAULT = 5 * 60 * 1000

/** How long an ended run is kept unless its workflow says otherwise: 30 days. */
export const RETENTION_MS_DEFAULT = 30 * 24 * 60 * 60 * 1000

/** Longest time any option may name: 10 years, far below where dates overflow. */
export const DURATION_MS_MAX = 10 * 365 * 24 * 60 * 60 * 1000

/** Signals and updates waiting to be consumed by one run. */
export const INBOX_MESSAGES_MAX = 10_000

/** Idempotency keys remembered by one run. */
export const IDEMPOTENCY_KEYS_MAX = 10_000

/** A signal's, update's, state's or step's name in UTF-8. */
export const NAME_BYTES_MAX = 256

/** An `Idempotency-Key` header in bytes. */
export const IDEMPOTENCY_KEY_BYTES_MAX = 255

/** Tags of one run, and the bytes of one key or value. */
export const TAGS_MAX = 50
export const TAG_BYTES_MAX = 256

/** Faults on purpose in one start request (development only). */
export const FAULTS_MAX = 50

/** Longest a caller may wait in one request. */
export const WAIT_MS_MAX = 30_000

/** How long an update waits for its answer when the caller does not say. */
export const UPDATE_WAIT_MS_DEFAULT = 10_000

/** Journal entries in one page. */
export const JOURNAL_PAGE_DEFAULT = 100
export const JOURNAL_PAGE_MAX = 1_000

/** Records read from the store at once while replaying; bounds what a replay holds in memory. */
export const REPLAY_PAGE_RECORDS = 512

/** First and longest lease of the watchdog alarm while an attempt is in flight. */
export const LEASE_MS_MIN = 1_000
export const LEASE_MS_MAX = 30_000

/** Sockets that watch one run. Each is told every event, so a crowd belongs behind a server that tells it on. */
export const SOCKETS_MAX = 100

/**
 * What a socket is told beyond what its watcher has said it has read, in UTF-16 units. The runtime keeps all that a slow
 * socket has still to send; a hundred of these, and one event more for each, must stand beside the run in 128 MB. An event
 * that is longer goes over a socket without its values.
 */
export const SOCKET_UNREAD_UNITS_MAX = 256 * 1024

/** Event streams that wait for one run's next event at once. Each is answered at every change. */
export const STREAMS_MAX = 500

/** Longest that those who watch a run wait for its next event in one question; then they look whether anybody is left. */
export const EVENTS_WAIT_MS = 15_000

/** Messages to other objects under way at once from one run: it bounds what a large fan-out holds in memory. */
export const OUTBOX_IN_FLIGHT_MAX = 32

/** A schedule's name in UTF-8: with a tick's instant and a trigger's mark behind it, it is still a run's id. */
export const SCHEDULE_NAME_BYTES_MAX = 200

/** A cron text. The longest sensible ones list every minute of an hour. */
export const CRON_CHARACTERS_MAX = 256

/** How late a tick may begin unless `catchUpMs` says otherwise: as late as an alarm may be, or a year. */
export const CATCH_UP_MS_SKIPPING = 60 * 1000
export const CATCH_UP_MS_DEFAULT = 365 * 24 * 60 * 60 * 1000

/** Ticks of a backfill that one schedule has still to see to. */
export const BACKFILL_TICKS_MAX = 1_000

/** Starts of one schedule that could not be made yet; while there are so many, no tick is seen to. */
export const SCHEDULE_STARTS_MAX = 1_000

/** Runs of one schedule, the newest, that are asked whether they have ended. */
export const SCHEDULE_OPEN_RUNS_MAX = 20

/** Runs in one page of a list. */
export const RUNS_PAGE_DEFAULT = 50
export const RUNS_PAGE_MAX = 200

/** Schedules in one page. */
export const SCHEDULES_PAGE_DEFAULT = 50
export const SCHEDULES_PAGE_MAX = 100

/** A limit's key in UTF-8: like a name. */
export const LIMIT_KEY_BYTES_MAX = 256

/** Starts in the window of one rate: their instants are all looked at for each further start. */
export const RATE_STARTS_MAX = 1_000
