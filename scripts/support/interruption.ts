// Interruption: somebody asks this process to end, in whatever way.

/** How often it is looked whether npm is still there, in ms. */
const PARENT_CHECK_MS = 500

/** Resolves at the first request to end. A terminal asks the process itself and through npm: further ones change nothing. */
export function interruption(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
      process.on(signal, () => resolve())
    }
    // Whoever read what we print is gone.
    process.stdout.on("error", () => resolve())
    whenNpmEnds(resolve)
  })
}

/** npm hands a signal to a shell that dies of it and tells nobody; what is left for us is another parent. */
function whenNpmEnds(resolve: () => void): void {
  if (process.env["npm_lifecycle_event"] === undefined) return
  const parent = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === parent) return
    clearInterval(timer)
    resolve()
  }, PARENT_CHECK_MS)
  timer.unref()
}
