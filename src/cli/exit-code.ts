// Exit code: what a script is told, and which code an error becomes.
// Owns: the codes, which docs/cli.md lists.

import { BelayClientError } from "../client/index.ts"

export const EXIT = {
  ok: 0,
  /** The run did not complete, or what was asked for was refused. */
  failed: 1,
  /** The command is written wrongly, as this program or as the server reads it. */
  usage: 2,
  /** Nobody answered, or nobody who may or could: no server, no right, a server that cannot serve now. */
  unreachable: 3,
  /** There is no such run, workflow, path, state or promise. */
  unknown: 4,
  /** Ctrl-C. */
  interrupted: 130,
} as const

export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** The command is written wrongly; the message says how it is written rightly. */
export class UsageError extends Error {
  override readonly name = "UsageError"
}

export function exitCodeOf(error: unknown): ExitCode {
  if (error instanceof UsageError) return EXIT.usage
  if (!(error instanceof BelayClientError)) return EXIT.failed
  const { status, code } = error
  if (code === "bad_answer" || code === "network") return EXIT.unreachable
  if (status === 400 || code === "invalid_id") return EXIT.usage
  if (status === 401 || status === 403 || status >= 500) return EXIT.unreachable
  if (status === 404) return code === "route_unknown" ? EXIT.unreachable : EXIT.unknown
  return EXIT.failed
}
