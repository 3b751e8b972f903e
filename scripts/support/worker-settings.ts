// Worker settings: what the Worker of a development server is told beside its relay: `.dev.vars`, and over it the
// environment of whoever starts it.
// Owns: which variables of the environment are the Worker's, and the form of the file that carries them.
//   V1. Nothing is replaced inside a value, whatever characters it has.

import { parseEnv } from "node:util"

/** Its variables and secrets; those of the relay are made for each start, and BELAY_DEV is no setting. */
export const WORKER_SETTINGS = [
  "BELAY_TOKENS",
  "BELAY_INDEX_SHARDS",
  "BELAY_ALERT_URL",
  "BELAY_ALERT_KEY",
  "BELAY_LOG_LEVEL",
  "BELAY_OTLP_URL",
  "BELAY_OTLP_HEADERS",
  "BELAY_TRACE_RATIO",
  "BELAY_TRACE_MESSAGES",
  "OTEL_EXPORTER_OTLP_ENDPOINT",
  "OTEL_EXPORTER_OTLP_HEADERS",
  "OTEL_SERVICE_NAME",
] as const

/** @param devVars the text of `.dev.vars`, where there is one: all that stands in it, as `wrangler dev` takes it */
export function workerSettings(
  environment: Readonly<Record<string, string | undefined>>,
  devVars: string | undefined,
): Record<string, string> {
  const settings: Record<string, string> = {}
  for (const [name, value] of Object.entries(devVars === undefined ? {} : parseEnv(devVars))) {
    if (value !== undefined) settings[name] = value
  }
  for (const name of WORKER_SETTINGS) {
    const value = environment[name]
    if (value !== undefined && value !== "") settings[name] = value
  }
  return settings
}

/** The text of a file for `--env-file`. @throws Error for a value that no quotes can hold */
export function settingsText(settings: Readonly<Record<string, string>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${quoted(name, value)}\n`)
    .join("")
}

function quoted(name: string, value: string): string {
  // Double quotes come last: a backslash means something in them.
  const quote = ["'", "`", ...(value.includes("\\") ? [] : ['"'])].find(
    (each) => !value.includes(each),
  )
  if (quote === undefined) {
    throw new Error(`${name} has every kind of quotes in it, and cannot be handed to the Worker.`)
  }
  // Who reads the file puts variables in the place of their names, unless a backslash says no.
  return quote + value.replaceAll("$", "\\$") + quote
}
