// Development folder: what `npm start` keeps between two starts: the state of objects and D1, the ledger, the key
// that Worker and relay share, the relay's port.
// Owns: the names and modes of its files. Invariants:
//   D1. One start at a time uses a folder. The lock is the operating system's, so a killed start leaves none behind.
//   D2. What is secret is readable by its owner alone, and no file here is read by a deploy.

import { randomBytes } from "node:crypto"
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { fileURLToPath } from "node:url"
import { SECRET_CHARACTERS_MIN } from "../../src/ledger/limits.ts"
import { KEY_ID_FORM, type RelayKey } from "../../src/ledger/signature.ts"
import { member } from "./json-client.ts"
import { settingsText } from "./worker-settings.ts"

/** Where BELAY_FOLDER says nothing else. */
export const FOLDER_DEFAULT = fileURLToPath(new URL("../../.belay", import.meta.url))

const OWNER_ONLY = 0o600

const SECRET_BYTES = 32

interface RelaySettings {
  readonly key: RelayKey
  readonly port: number | undefined
}

export class DevFolder {
  readonly path: string
  readonly #lock: DatabaseSync

  /** Makes the folder unless it is there. @throws Error when another start uses it */
  constructor(path: string) {
    this.path = resolve(path)
    mkdirSync(this.path, { recursive: true })
    this.#lock = lock(join(this.path, "lock"), this.path)
  }

  /** Objects and D1. */
  get stateFolder(): string {
    return join(this.path, "state")
  }

  get ledgerFile(): string {
    return join(this.path, "ledger.sqlite")
  }

  /** The key and the port of the last start; a new key the first time. */
  readRelay(): RelaySettings {
    const file = this.#relayFile
    if (!existsSync(file)) {
      return {
        key: { id: "dev", secret: randomBytes(SECRET_BYTES).toString("hex") },
        port: undefined,
      }
    }
    const settings = parse(readFileSync(file, "utf8"))
    if (settings !== undefined) return settings
    throw new Error(`${file} does not hold the relay's key; delete it, and a new key is made.`)
  }

  saveRelay(settings: RelaySettings): void {
    writeSecret(this.#relayFile, JSON.stringify(settings))
  }

  /** Remembers whose accounts the state refers to, and gives the other ledger that it was before, if any. */
  changeLedger(name: string): string | undefined {
    const file = join(this.path, "ledger")
    const before = existsSync(file) ? readFileSync(file, "utf8").trim() : name
    writeFileSync(file, `${name}\n`)
    return before === name ? undefined : before
  }

  /** Writes the Worker's variables for this start and gives the file's name. */
  writeVariables(variables: Readonly<Record<string, string>>): string {
    const file = join(this.path, "worker.env")
    writeSecret(file, settingsText(variables))
    return file
  }

  /** Another start may use the folder. */
  close(): void {
    this.#lock.close()
  }

  get #relayFile(): string {
    return join(this.path, "relay.json")
  }
}

function lock(file: string, folder: string): DatabaseSync {
  const database = new DatabaseSync(file)
  try {
    database.exec("PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE")
    return database
  } catch (cause) {
    database.close()
    throw new Error(
      `Another start uses ${folder}. Stop it, or choose another folder with BELAY_FOLDER.`,
      { cause },
    )
  }
}

function writeSecret(file: string, text: string): void {
  writeFileSync(file, text, { mode: OWNER_ONLY })
  // The mode above counts only when the file is made.
  chmodSync(file, OWNER_ONLY)
}

function parse(text: string): RelaySettings | undefined {
  let json: unknown
  try {
    json = JSON.parse(text)
  } catch {
    // The caller says what to do about it.
    return undefined
  }
  const id = member(json, "key", "id")
  const secret = member(json, "key", "secret")
  const port = member(json, "port")
  if (typeof id !== "string" || !KEY_ID_FORM.test(id)) return undefined
  if (typeof secret !== "string" || secret.length < SECRET_CHARACTERS_MIN) return undefined
  return { key: { id, secret }, port: typeof port === "number" ? port : undefined }
}
