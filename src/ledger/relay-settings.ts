// The Worker's variables that say where the relay is.
// Owns: their names, their check, and the sentence an operator reads when one is missing or wrong.
import { LedgerError } from "./errors.ts"
import { SECRET_CHARACTERS_MIN } from "./limits.ts"
import { RelayMarks } from "./relay-choice.ts"
import { RelayLedger } from "./relay-ledger.ts"
import { KEY_ID_FORM, type RelayKey } from "./signature.ts"

/** The variables; both are secrets or come from the start script. */
export interface RelayEnvironment {
  /** Base address of the relay, or several with commas between. */
  readonly BELAY_RELAY_URL?: string
  /** JSON `{"id": "...", "secret": "..."}`. */
  readonly BELAY_RELAY_KEY?: string
}

const LOOPBACK_HOSTS = ["localhost", "127.0.0.1", "[::1]"]

/** One for all clients of this isolate: a run, in its own object with its own client, profits from what others saw. */
const marks = new RelayMarks()

/**
 * The ledger client these variables describe.
 * @throws LedgerError `ledger_not_configured` naming the variable and what it should hold.
 */
export function relayLedgerFromEnv(env: RelayEnvironment): RelayLedger {
  return new RelayLedger({
    urls: readUrls(env.BELAY_RELAY_URL ?? ""),
    key: readKey(env.BELAY_RELAY_KEY ?? ""),
    marks,
  })
}

/**
 * The relays' addresses, for whoever watches over them. They are not for those outside.
 * @throws LedgerError `ledger_not_configured`
 */
export function relayUrlsFromEnv(env: RelayEnvironment): readonly string[] {
  return readUrls(env.BELAY_RELAY_URL ?? "")
}

function readUrls(text: string): [string, ...string[]] {
  const [first, ...rest] = text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .map(readUrl)
  if (first === undefined) {
    throw notConfigured(
      "BELAY_RELAY_URL is not set: give the relay's address, or several with commas.",
    )
  }
  return [first, ...rest]
}

function readUrl(text: string): string {
  if (!URL.canParse(text)) throw notConfigured(`BELAY_RELAY_URL: "${text}" is not a URL.`)
  const url = new URL(text)
  const plain = url.protocol === "http:" && LOOPBACK_HOSTS.includes(url.hostname)
  if (url.protocol !== "https:" && !plain) {
    throw notConfigured(
      `BELAY_RELAY_URL: "${text}" must be https; plain http is for ${LOOPBACK_HOSTS.join(", ")} only.`,
    )
  }
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "" || url.username !== "") {
    throw notConfigured(`BELAY_RELAY_URL: "${text}" must be scheme, host and port only.`)
  }
  return url.origin
}

function readKey(text: string): RelayKey {
  const expected = `expected JSON {"id", "secret"} with a secret of at least ${SECRET_CHARACTERS_MIN} characters`
  if (text === "") throw notConfigured(`BELAY_RELAY_KEY is not set: ${expected}.`)
  const key = parseJson(text) as { id?: unknown; secret?: unknown } | null | undefined
  const id = key?.id
  const secret = key?.secret
  // The value itself is a secret and stays out of the message.
  if (typeof id !== "string" || !KEY_ID_FORM.test(id)) {
    throw notConfigured(
      `BELAY_RELAY_KEY has no valid "id" (letters, digits, ". _ -"): ${expected}.`,
    )
  }
  if (typeof secret !== "string" || secret.length < SECRET_CHARACTERS_MIN) {
    throw notConfigured(`BELAY_RELAY_KEY has no valid "secret": ${expected}.`)
  }
  return { id, secret }
}

/** `undefined` for what is not JSON: the caller's check says what was expected, without the secret text. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function notConfigured(message: string): LedgerError {
  return new LedgerError("ledger_not_configured", message)
}
