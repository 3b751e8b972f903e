// Problem: what a person is told about an error.
// Owns: the words where the server's own are for those who write requests. Must not touch: the exit code (exit-code.ts).
//   P1. An error of this program is a sentence, never its own text: nobody reads half a megabyte of it.

import { BelayClientError } from "../client/index.ts"
import { UsageError } from "./exit-code.ts"
import type { Screen } from "./screen.ts"

/** Of what no sentence was made for. */
const INTERNAL_CHARACTERS_MAX = 500

const WHERE = "--url or BELAY_URL says where Belay is."

export function tell(screen: Screen, error: unknown): void {
  if (error instanceof BelayClientError) {
    screen.problem(messageOf(error), error.code, error.details)
  } else if (error instanceof UsageError) {
    screen.problem(error.message, "usage")
  } else {
    screen.problem(internal(error), "internal")
  }
}

export function internal(error: unknown): string {
  const what = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return `This is a fault of this program, please report it: ${what}`.slice(
    0,
    INTERNAL_CHARACTERS_MAX,
  )
}

function messageOf(error: BelayClientError): string {
  const { code, status, message } = error
  if (code === "network") return `${reasonOf(error)} ${WHERE}`
  if (code === "bad_answer" && status !== 0) return `${message} ${WHERE}`
  if (code === "unauthorized") return `${rightsOf(message)} BELAY_TOKEN or --token-file gives one.`
  if (code === "run_unknown")
    return message.replace(/; start it with POST .*$/, '; "belay list" shows those there are.')
  return message
}

/** What the server wants is a header; here it has a name of its own. */
function rightsOf(message: string): string {
  return message.startsWith("This route needs a token") ? "This needs a token." : message
}

/** With what lies behind it, where no answer came: "fetch failed" helps nobody. */
function reasonOf({ message, cause }: BelayClientError): string {
  if (cause === undefined) return message
  let deepest = cause
  while (deepest instanceof Error && deepest.cause !== undefined) deepest = deepest.cause
  const { message: why, code: name } = (deepest ?? {}) as NodeJS.ErrnoException
  const said = why || name
  return said ? `No answer came: ${said}.` : message
}
