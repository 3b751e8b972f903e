// Run log: one JSON line on the console for what a person should know of a run.
// Owns: the shape of the line, which lines are written, and that a text of somebody else's does not fill it.

const TEXT_LENGTH_MAX = 10_000

const LEVELS = ["debug", "info", "warn", "error"] as const

export type LogLevel = (typeof LEVELS)[number]

/** The platform writes a line for each request anyway: ours comes only where it is asked for. */
const LEAST_DEFAULT: LogLevel = "warn"

/** Of the isolate, whose objects and Worker all have the same variables. */
let least: LogLevel = LEAST_DEFAULT

export type LogFields = Readonly<Record<string, unknown>>

/** @param text BELAY_LOG_LEVEL; what is no level is as good as none. */
export function setLogLevel(text: string | undefined): void {
  least = LEVELS.find((level) => level === text) ?? LEAST_DEFAULT
}

export function logLine(level: LogLevel, message: string, fields: LogFields): void {
  if (LEVELS.indexOf(level) < LEVELS.indexOf(least)) return
  const line = JSON.stringify({ level, message: message.slice(0, TEXT_LENGTH_MAX), ...fields })
  if (level === "error") console.error(line)
  else if (level === "warn") console.warn(line)
  else console.log(line)
}

/** Something of our own has thrown. */
export function logFailure(message: string, error: unknown, fields: LogFields): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  logLine("error", message, { ...fields, error: text.slice(0, TEXT_LENGTH_MAX) })
}
