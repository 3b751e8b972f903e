// Faults: carries out a plan, lane beside lane, and sees to it that nothing of it is left at its end.
// Owns: what was done, counted, and how long the systems took to answer again. Must not touch: when what comes (fault-plan.ts).

import { setTimeout as pause } from "node:timers/promises"
import { between, type Random } from "../support/seeded-random.ts"
import type { TcpProxy, WireFault } from "../support/tcp-proxy.ts"
import type { Disk, Fault, PlannedFault, Victim, Way } from "./fault-plan.ts"
import { nameOf } from "./fault-plan.ts"
import type { Recovery } from "./recovery.ts"
import type { ShiftedClock } from "./shifted-clock.ts"
import type { SmallDisk } from "./small-disk.ts"
import type { Supervised } from "./supervised.ts"

/** What faults are made of. Disks and clocks are missing where they cannot be had. */
export interface Targets {
  readonly processes: ReadonlyMap<Victim, Supervised>
  readonly ways: ReadonlyMap<Way, TcpProxy>
  readonly disks: ReadonlyMap<Disk, SmallDisk>
  readonly clocks: ReadonlyMap<Victim, ShiftedClock>
}

export class Faults {
  /** How often each kind was made, by its name. */
  readonly counts = new Map<string, number>()
  /** Connections that were reset. */
  connectionsCut = 0
  readonly #targets: Targets
  readonly #random: Random
  readonly #recovery: Recovery
  readonly #say: (line: string) => void

  constructor(targets: Targets, random: Random, recovery: Recovery, say: (line: string) => void) {
    this.#targets = targets
    this.#random = random
    this.#recovery = recovery
    this.#say = say
  }

  /** Resolves when every lane is through, or when the signal was given and what is under way or owed is made. */
  async make(plan: readonly (readonly PlannedFault[])[], signal: AbortSignal): Promise<void> {
    await Promise.all(
      plan.map(async (lane) => {
        for (const { pauseMs, isOwed, fault } of lane) {
          if (signal.aborted && !isOwed) return
          await pause(pauseMs)
          if (signal.aborted && !isOwed) return
          const name = nameOf(fault)
          const step = fault.kind === "clock" ? ` by ${fault.stepMs} ms` : ""
          this.#say(`${name}${step} for ${fault.ms} ms`)
          await this.#make(fault)
          this.counts.set(name, (this.counts.get(name) ?? 0) + 1)
          this.#recovery.begin(name)
        }
      }),
    )
  }

  async #make(fault: Fault): Promise<void> {
    const { processes, ways, disks, clocks } = this.#targets
    switch (fault.kind) {
      case "kill":
        return the(processes, fault.victim).kill(fault.ms)
      case "stop":
        return the(processes, fault.victim).stop(fault.ms)
      case "cut": {
        const way = the(ways, fault.way)
        way.isOpen = false
        this.connectionsCut += way.cut()
        await pause(fault.ms)
        way.isOpen = true
        return
      }
      case "weather": {
        const way = the(ways, fault.way)
        const fair = way.plan
        way.plan = () => this.#wireFault()
        await pause(fault.ms)
        way.plan = fair
        return
      }
      case "fill":
        await the(disks, fault.disk).fill()
        try {
          await pause(fault.ms)
        } finally {
          await the(disks, fault.disk).free()
        }
        return
      case "clock":
        the(clocks, fault.victim).shift(fault.stepMs)
        await pause(fault.ms)
        the(clocks, fault.victim).shift(0)
    }
  }

  /** Two in three are left alone: something must get through. */
  #wireFault(): WireFault {
    const random = this.#random
    const dice = random()
    if (dice < 0.07) return { kind: "cut_answer", afterBytes: 0 }
    if (dice < 0.12) return { kind: "cut_answer", afterBytes: between(random, 1, 300) }
    if (dice < 0.19) return { kind: "cut_request", afterBytes: between(random, 0, 400) }
    if (dice < 0.24) return { kind: "half_close" }
    if (dice < 0.27) return { kind: "silence" }
    if (dice < 0.34) return { kind: "slow", ms: between(random, 20, 900) }
    return { kind: "pass" }
  }
}

/** @throws Error when the plan names what is not there */
function the<Name, Target>(targets: ReadonlyMap<Name, Target>, name: Name): Target {
  const target = targets.get(name)
  if (target === undefined) throw new Error(`There is no ${String(name)} to make a fault of.`)
  return target
}
