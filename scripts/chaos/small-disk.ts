// Small disk: a file system of its own in memory, which can be made to have no room left and to have some again.
// Owns: the mount and its size. It is made full by its size and not by a file, so being full takes no memory.

import { execFile } from "node:child_process"
import { mkdirSync, statfsSync } from "node:fs"
import { setTimeout as pause } from "node:timers/promises"
import { promisify } from "node:util"

/** Of memory, when everything on it is taken. */
const ROOM = "50%"

/** Somebody may write between the look and the new size, which is then refused. */
const FILL_TRIES = 50
const FILL_PAUSE_MS = 20

/** What it is mounted with is not said again: not all of it may be said where nobody is root. */
const REMOUNT = ["--options-mode", "ignore", "-o"]

/** For a shell: whether what is done here can be done, tried on the folder `$0`. */
export const DISK_PROBE = `mount -t tmpfs belay-probe "$0" && mount ${REMOUNT.join(" ")} remount,size=${ROOM} "$0" && umount "$0"`

export class SmallDisk {
  readonly folder: string

  /** @throws Error when this process may not mount */
  static async mount(folder: string): Promise<SmallDisk> {
    mkdirSync(folder, { recursive: true })
    await mountProgram("-t", "tmpfs", "-o", `size=${ROOM},mode=0700`, "belay-chaos", folder)
    return new SmallDisk(folder)
  }

  private constructor(folder: string) {
    this.folder = folder
  }

  /** From now on there is no room for another page. */
  async fill(): Promise<void> {
    for (let tries = 1; ; tries++) {
      const { blocks, bfree, bsize } = statfsSync(this.folder)
      try {
        await mountProgram(...REMOUNT, `remount,size=${(blocks - bfree) * bsize}`, this.folder)
        return
      } catch (error) {
        if (tries === FILL_TRIES) throw error
        await pause(FILL_PAUSE_MS)
      }
    }
  }

  async free(): Promise<void> {
    await mountProgram(...REMOUNT, `remount,size=${ROOM}`, this.folder)
  }

  async unmount(): Promise<void> {
    await promisify(execFile)("umount", [this.folder])
  }
}

async function mountProgram(...args: string[]): Promise<void> {
  await promisify(execFile)("mount", args)
}
