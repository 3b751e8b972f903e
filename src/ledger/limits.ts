// Limits that both ends of the relay's wire agree on.
// Owns: the numbers and their reasons. Each is tested at its edge and one past it.

/** Events or ids in one request. Keeps the relay's event loop pauses below about 5 ms. */
export const EVENTS_MAX = 2_000

/** Records in one answer to a query; as many as go into one request. More is a matter of paging. */
export const QUERY_LIMIT_MAX = 2_000

/** Request body. 2,000 transfers with every field at its longest take about 1 MiB. */
export const BODY_BYTES_MAX = 2 * 1024 * 1024

/** Answer body. 2,000 records with every field at its longest take about 1.3 MiB; a Worker has 128 MiB for everything. */
export const ANSWER_BYTES_MAX = 4 * 1024 * 1024

/** How far the two clocks may be apart, in ms, either way. */
export const CLOCK_SKEW_MS_MAX = 60_000

/** Default time for one call, in ms; under the 5 s attempt timeout of a step, so that the step sees our error. */
export const CALL_TIMEOUT_MS = 4_000

/** The longest a later attempt waits, in ms: a relay that needs 10 s for every answer must still be heard. */
export const PATIENT_TIMEOUT_MS = 16_000

/** A shorter secret could be guessed offline from one recorded request. */
export const SECRET_CHARACTERS_MIN = 16
