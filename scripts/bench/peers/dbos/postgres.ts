// PostgreSQL: a cluster of its own for one peer, at its default settings (fsync on), behind a socket in the peer's folder.
// Owns: the cluster's files and its processes. No cluster that is there already is touched.
//   P1. PostgreSQL refuses root: then it runs as the user that its package made, else as nobody.
//   P2. Only that user and root come to the socket, which asks for no password.

import { execFileSync, spawnSync } from "node:child_process"
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, readFileSync } from "node:fs"
import { delimiter, join } from "node:path"
import { waitUntil } from "../../../support/wait-until.ts"
import { Child } from "../support/child.ts"

const USER = "bench"
const START_MS_MAX = 60_000
/** How long the processes of a killed server may need to be gone. */
const RETRY_MS_MAX = 15_000

interface Owner {
  readonly uid: number
  readonly gid: number
}

export class Postgres {
  readonly #child: Child
  readonly #socketFolder: string

  /** @param binaries the folder that `findPostgres` found */
  static async start(binaries: string, folder: string): Promise<Postgres> {
    const owner = ownerOfCluster()
    const data = join(folder, "postgres")
    const socketFolder = join(folder, "socket")
    if (!existsSync(join(data, "PG_VERSION"))) {
      // The other user has to come through; what it may see in here are its own two folders.
      chmodSync(folder, 0o711)
      for (const own of [data, socketFolder]) {
        mkdirSync(own, { recursive: true, mode: 0o700 })
        if (owner !== undefined) chownSync(own, owner.uid, owner.gid)
      }
      const given = ["-D", data, "-U", USER, "--auth=trust", "--encoding=UTF8", "--locale=C"]
      execFileSync(join(binaries, "initdb"), given, { ...owner, cwd: data, stdio: "pipe" })
    }
    const child = await waitUntil("PostgreSQL to take over its data", RETRY_MS_MAX, async () => {
      // It refuses while processes of the one that was killed still end.
      const started = postmaster(binaries, data, socketFolder, owner)
      await untilReady(binaries, socketFolder, started)
      return started.hasEnded ? undefined : started
    })
    return new Postgres(child, socketFolder)
  }

  private constructor(child: Child, socketFolder: string) {
    this.#child = child
    this.#socketFolder = socketFolder
  }

  url(database: string): string {
    const host = encodeURIComponent(this.#socketFolder)
    return `postgresql://${USER}@localhost/${database}?host=${host}`
  }

  stop(): Promise<void> {
    return this.#child.stop()
  }
}

/** The folder of PostgreSQL's programs, of the newest version that is installed; `undefined` where there is none. */
export function findPostgres(): string | undefined {
  const folders = (process.env["PATH"] ?? "").split(delimiter)
  const packaged = "/usr/lib/postgresql"
  if (existsSync(packaged)) {
    const versions = readdirSync(packaged).toSorted((a, b) => Number(b) - Number(a))
    folders.unshift(...versions.map((version) => join(packaged, version, "bin")))
  }
  return folders.find((folder) =>
    ["initdb", "postgres", "pg_isready"].every((program) => existsSync(join(folder, program))),
  )
}

export function postgresVersion(binaries: string): string {
  const told = execFileSync(join(binaries, "postgres"), ["--version"], { encoding: "utf8" })
  return /\d+(?:\.\d+)?/.exec(told)?.[0] ?? "of unknown version"
}

function postmaster(
  binaries: string,
  data: string,
  socketFolder: string,
  owner: Owner | undefined,
): Child {
  const settings = ["listen_addresses=", `unix_socket_directories=${socketFolder}`]
  return new Child(
    join(binaries, "postgres"),
    ["-D", data, ...settings.flatMap((setting) => ["-c", setting])],
    // SIGINT ends it without waiting for its clients.
    { folder: data, owner, endSignal: "SIGINT" },
  )
}

async function untilReady(binaries: string, socketFolder: string, started: Child): Promise<void> {
  await waitUntil("PostgreSQL", START_MS_MAX, () => {
    if (started.hasEnded) return true
    const given = ["-q", "-h", socketFolder, "-U", USER, "-d", "postgres"]
    const { status } = spawnSync(join(binaries, "pg_isready"), given)
    return status === 0 || undefined
  })
}

/** `undefined` when it may run as whoever we are. */
function ownerOfCluster(): Owner | undefined {
  if (process.getuid?.() !== 0) return undefined
  const users = readFileSync("/etc/passwd", "utf8").split("\n")
  for (const name of ["postgres", "nobody"]) {
    const fields = users.find((user) => user.startsWith(`${name}:`))?.split(":")
    if (fields !== undefined) return { uid: Number(fields[2]), gid: Number(fields[3]) }
  }
  throw new Error("PostgreSQL refuses to run as root, and there is no user nobody here.")
}
