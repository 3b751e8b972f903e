// Chaos: runs all systems for some minutes while their processes are killed and stopped, their connections cut, their disks
// full and their clocks wrong, then audits every promise that was made: runs, effects, money.
// Usage: npm run chaos -- [--minutes M] [--seed S] [--rate N]; TB_ADDRESS and TB_CLUSTER_ID name a fresh TigerBeetle to be
// the ledger instead of the embedded one. Prints what it did and ends with `chaos: passed`, or with what was found, exit
// code 1, the seed, and the folder in which the data are kept. What cannot be tried on this machine it says in a frame.

import { cpSync, mkdtempSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { ChaosWorld } from "./chaos/chaos-world.ts"
import { readOptions, type ChaosOptions } from "./chaos/options.ts"
import { hasOwnMounts, outsideEnded, ownMounts, runInside } from "./chaos/own-mounts.ts"
import { printNotTried, seconds } from "./chaos/report.ts"
import { runChaos } from "./chaos/run-chaos.ts"
import { interruption } from "./support/interruption.ts"
import type { TigerBeetleCluster } from "./support/relay-process.ts"

const startedAtMs = Date.now()

/** Findings shown; there may be one for every run. */
const SHOWN_MAX = 60

function say(line: string): void {
  console.log(`${seconds(Date.now() - startedAtMs).padStart(8)}  ${line}`)
}

function cluster(): TigerBeetleCluster | undefined {
  const addresses = process.env["TB_ADDRESS"] || undefined
  const clusterId = process.env["TB_CLUSTER_ID"] || undefined
  if (addresses === undefined) return undefined
  return { addresses, ...(clusterId === undefined ? {} : { clusterId }) }
}

async function perform(options: ChaosOptions, noDisks: string | undefined): Promise<number> {
  const interrupted = Promise.race([interruption(), outsideEnded()]).then(() => ["interrupted"])
  const world = new ChaosWorld({ noDisks, tigerBeetle: cluster(), say })
  let findings: string[] = ["it was not over"]
  try {
    say(
      `seed ${options.seed}, ${options.durationMs / 60_000} minutes, ${options.rate} runs a second`,
    )
    const work = world.start().then(() => {
      printNotTried(world.notTried)
      return runChaos(world, options, say)
    })
    findings = await Promise.race([work, interrupted])
    return await conclude(findings, options, world)
  } catch (error) {
    return await conclude([error instanceof Error ? error.message : String(error)], options, world)
  } finally {
    await world.end()
  }
}

async function conclude(findings: readonly string[], { seed }: ChaosOptions, world: ChaosWorld) {
  printNotTried(world.notTried)
  if (findings.length === 0) {
    console.log("chaos: passed")
    return 0
  }
  await world.endProcesses()
  console.error(
    findings
      .slice(0, SHOWN_MAX)
      .map((finding) => `  ${finding}`)
      .join("\n"),
  )
  if (findings.length > SHOWN_MAX) console.error(`  … and ${findings.length - SHOWN_MAX} more`)
  const isOurs = findings[0] !== "interrupted"
  const kept = isOurs ? `; the data are kept in ${keep(world.folder)}` : ""
  console.error(`chaos: ${findings.length} findings with --seed ${seed}${kept}`)
  return 1
}

/** Outside of disks that vanish with us. */
function keep(folder: string): string {
  const kept = mkdtempSync(join(tmpdir(), "belay-chaos-kept-"))
  cpSync(folder, kept, { recursive: true })
  return kept
}

async function main(): Promise<number> {
  const options = readOptions(process.argv.slice(2))
  if (hasOwnMounts()) return perform(options, undefined)
  const command = await ownMounts()
  return typeof command === "string" ? perform(options, command) : runInside(command)
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    console.error(error instanceof Error ? error.message : String(error))
    process.exit(1)
  },
)
