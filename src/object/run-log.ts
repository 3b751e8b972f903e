// Run log: one JSON line on the console for what a person should know of a run.
// Owns: the shape of the line, and that a text of somebody else's does not fill it.

const TEXT_LENGTH_MAX = 10_000

export type LogFields = Readonly<Record<string, unknown>>

export function logLine(level: "warn" | "error", message: string, fields: LogFields): void {
  const line = JSON.stringify({ level, message: message.slice(0, TEXT_LENGTH_MAX), ...fields })
  if (level === "error") console.error(line)
  else console.warn(line)
}

/** Something of our own has thrown. */
export function logFailure(message: string, error: unknown, fields: LogFields): void {
  const text = error instanceof Error ? (error.stack ?? error.message) : String(error)
  logLine("error", message, { ...fields, error: text.slice(0, TEXT_LENGTH_MAX) })
}
