// Main: `belay` as a process.
// Owns: its arguments, streams, signals and exit code. Must not touch: what a command does.
//   M1. Who reads our output may leave at any time: that ends us, and is no error.
//   M2. However it ends, what is said of it is a line.

import { runCli } from "./cli.ts"
import { EXIT } from "./exit-code.ts"
import { internal } from "./problem.ts"

const interrupted = new AbortController()

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(EXIT.ok)
  process.stderr.write(`belay: Standard output cannot be written: ${error.message}.\n`)
  process.exit(EXIT.failed)
})

// There is nobody left to tell.
process.stderr.on("error", () => process.exit(EXIT.failed))

process.on("uncaughtException", (error) => {
  process.stderr.write(`belay: ${internal(error)}\n`)
  process.exit(EXIT.failed)
})

// A second one ends the process at once.
process.once("SIGINT", () => interrupted.abort())

process.exitCode = await runCli(process.argv.slice(2), {
  out: process.stdout,
  err: process.stderr,
  env: process.env,
  signal: interrupted.signal,
})

// What an ended command has still under way must not hold the process.
if (interrupted.signal.aborted) process.exit()
