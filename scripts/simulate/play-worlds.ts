// Play worlds: simulation processes: they are given orders, and what they say is heard line by line.
// Owns: the processes, each of which is ended when it is not needed any more.

import { spawn } from "node:child_process"
import { createInterface } from "node:readline"
import type { SimulationLine, SimulationOrder } from "../../test/simulation/simulation-order.ts"

/** Worlds leave much behind them that is dead at once: with room for it, little of it has to be carried over. */
const FLAGS = ["--enable-source-maps", "--max-semi-space-size=64"]

export interface Worlds {
  /** When the process has ended by itself. @throws Error with what it said, when it failed */
  readonly ended: Promise<void>
  stop(): void
}

/** @param bundle what bundle-simulation.ts made. */
export function playWorlds(
  bundle: string,
  order: SimulationOrder,
  onLine: (line: SimulationLine) => void,
): Worlds {
  const child = spawn(process.execPath, [...FLAGS, bundle, JSON.stringify(order)], {
    stdio: ["ignore", "pipe", "pipe"],
  })
  let complaint = ""
  child.stderr.setEncoding("utf8").on("data", (text: string) => (complaint += text))
  const lines = createInterface({ input: child.stdout })
  // The last line of a process that was stopped may be half a line.
  let isStopped = false
  lines.on("line", (line) => {
    if (!isStopped) onLine(JSON.parse(line) as SimulationLine)
  })
  const ended = new Promise<void>((resolve, reject) => {
    child.once("error", reject)
    child.once("close", (code, signal) => {
      if (code === 0 || signal !== null) resolve()
      else reject(new Error(`A simulation process ended with ${code}. It said:\n${complaint}`))
    })
  })
  const stop = () => {
    isStopped = true
    child.kill()
  }
  return { ended, stop }
}

/** The lines of one order, when all of them are there. */
export async function linesOf(bundle: string, order: SimulationOrder): Promise<SimulationLine[]> {
  const lines: SimulationLine[] = []
  await playWorlds(bundle, order, (line) => lines.push(line)).ended
  return lines
}
