// Own mounts: a file system that only this process and its children see, so that what is mounted here is gone with the
// last of them, whatever ends them, and so that nobody has to be root.
// Owns: the second process in which the script then runs. Must not touch: what is mounted.

import { execFile, spawn } from "node:child_process"
import { promisify } from "node:util"
import { DISK_PROBE } from "./small-disk.ts"

interface ExecFailure {
  readonly code?: unknown
  readonly stderr?: string
  readonly message: string
}

const INSIDE = "BELAY_CHAOS_INSIDE"

/** Whether this process has mounts of its own already. */
export function hasOwnMounts(): boolean {
  return process.env[INSIDE] === "1"
}

/** Resolves when the process outside, which started this one, is gone. */
export function outsideEnded(): Promise<void> {
  return new Promise((resolve) => process.once("disconnect", resolve))
}

/** The command that gives a program mounts of its own; or the reason why they cannot be had here. */
export async function ownMounts(): Promise<readonly string[] | string> {
  const isRoot = process.getuid?.() === 0
  const command = ["unshare", "--mount", ...(isRoot ? [] : ["--map-root-user"]), "--"]
  const [program = "", ...args] = command
  try {
    await promisify(execFile)(program, [...args, "sh", "-c", DISK_PROBE, "/tmp"])
    return command
  } catch (error) {
    const { code, stderr, message } = error as ExecFailure
    if (code === "ENOENT") return "there is no program unshare (util-linux)"
    const [reason = "no reason was given"] = (stderr || message).trim().split("\n")
    return reason
  }
}

/** Runs the script anew behind that command; its exit code. It ends when we do. */
export function runInside(command: readonly string[]): Promise<number> {
  const [program = "", ...args] = command
  const child = spawn(program, [...args, process.execPath, ...process.argv.slice(1)], {
    // The channel closes when we are gone, in whatever way.
    stdio: ["inherit", "inherit", "inherit", "ipc"],
    env: { ...process.env, [INSIDE]: "1" },
  })
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => child.kill(signal))
  }
  return new Promise((resolve, reject) => {
    child.once("error", reject)
    child.once("exit", (code) => resolve(code ?? 1))
  })
}
