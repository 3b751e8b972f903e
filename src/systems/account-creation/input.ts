// The input of account creation.
// Owns: what counts as an account's UUID, by whichever door it comes.

import * as v from "valibot"

/** The workflow's registered name. */
export const WORKFLOW = "createAccount"

/** What an account's run id begins with; the UUID follows. */
export const RUN_ID_PREFIX = "create-account-"

/** One account has one spelling, because the UUID keys the reference row and is part of the run's id. */
export const CANONICAL_UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** The list of arguments of `createAccount`. */
export const createAccountInput = v.strictTuple([
  v.pipe(v.string(), v.regex(CANONICAL_UUID, "expected a UUID in lower case")),
])
