// Versions: the machine and the programs that the figures were measured with.

import { execFileSync } from "node:child_process"
import { createRequire } from "node:module"
import { cpus, totalmem } from "node:os"

export interface Machine {
  readonly cores: number
  readonly model: string
  readonly memoryGibibytes: number
  readonly system: string
  readonly node: string
  readonly workerd: string
  readonly miniflare: string
  /** Of Belay; with "+" when files were changed since. */
  readonly commit: string
}

const GIBIBYTE = 1024 ** 3

export function readMachine(): Machine {
  const cores = cpus()
  return {
    cores: cores.length,
    model: cores[0]?.model ?? "unknown",
    memoryGibibytes: Math.round(totalmem() / GIBIBYTE),
    system: `${process.platform} ${process.arch}`,
    node: process.version,
    workerd: versionOf("workerd"),
    miniflare: versionOf("miniflare"),
    commit: readCommit(),
  }
}

function versionOf(name: string): string {
  const require = createRequire(import.meta.url)
  const { version } = require(`${name}/package.json`) as { version: string }
  return version
}

function readCommit(): string {
  try {
    return git("describe", "--always", "--dirty=+")
  } catch {
    // A copy without history, or a machine without git.
    return "unknown"
  }
}

function git(...args: string[]): string {
  return execFileSync("git", args, { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] }).trim()
}
