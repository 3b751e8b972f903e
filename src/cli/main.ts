// Main: `belay` as a process.
// Owns: its arguments, streams, signals and exit code. Must not touch: what a command does.
//   M1. Who reads our output may leave at any time: that ends us, and is no error.

import { runCli } from "./cli.ts"

const interrupted = new AbortController()

process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error
  process.exit(0)
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
