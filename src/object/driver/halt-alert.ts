// Halt alert: somebody is told when a run stands still until a person looks.
// Owns: what the alert says, how it is signed, and what happens where it is not set up. Must not touch: when it is sent
// and sent again (outbox).
//   A1. One alert a halt, written in the stretch of the halt; it is sent until the receiver says 2xx, for a day at the most.
//   A2. It carries no value of the run: a message and names alone.
//   A3. Without a key nothing is sent, and the log says so: a receiver must be able to tell a real alert.

import type { Halt } from "../../engine/errors.ts"
import type { Outbox } from "../outbox/outbox.ts"
import { logFailure, logLine } from "../run-log.ts"
import type { RunRow } from "../store/stored-run.ts"
import { isWebAddress } from "../web-address.ts"

export interface AlertSettings {
  readonly BELAY_ALERT_URL?: string | undefined
  readonly BELAY_ALERT_KEY?: string | undefined
  readonly BELAY_DEV?: string | undefined
}

const DEVELOPMENT_KEY = "development"

/** How long a receiver may take to answer. */
const ALERT_MS_MAX = 10_000

/** An alert that nobody has taken for so long is given up, and the log says so: the run itself still shows its halt. */
const ALERT_AGE_MS_MAX = 24 * 60 * 60 * 1000

interface Destination {
  readonly url: string
  readonly key: string
}

export class HaltAlert {
  readonly #settings: AlertSettings
  readonly #outbox: Outbox

  constructor(settings: AlertSettings, outbox: Outbox) {
    this.#settings = settings
    this.#outbox = outbox
  }

  /** Writes the alert into the stretch of the halt. */
  raise(row: RunRow, { code, message }: Halt, nowMs: number): void {
    const destination = this.#destination(row.id)
    if (destination === undefined) return
    const { id, workflow, version, incarnation, epoch } = row
    const at = new Date(nowMs).toISOString()
    const body = {
      event: "run.halted",
      id,
      workflow,
      version,
      code,
      message,
      at,
      incarnation,
      epoch,
    }
    this.#outbox.add("alert", destination.url, { id, body: JSON.stringify(body) })
  }

  /** @throws Error unless the receiver has taken it, or it is too old to be worth more tries */
  async deliver(target: string, payload: unknown): Promise<void> {
    const { id, body } = payload as { readonly id: string; readonly body: string }
    try {
      await this.#send(id, target, body)
    } catch (error) {
      if (Date.now() - haltedAtMs(body) < ALERT_AGE_MS_MAX) throw error
      logFailure("Nobody has taken this alert for a day; it is given up.", error, { run: id })
    }
  }

  async #send(id: string, target: string, body: string): Promise<void> {
    // It may have been set up otherwise since: then this is where it goes, or nowhere.
    const destination = this.#destination(id)
    if (destination === undefined) return
    const sentAtMs = Date.now()
    const response = await fetch(destination.url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        "belay-signature": `t=${sentAtMs},v1=${await signatureOf(`${sentAtMs}.${body}`, destination.key)}`,
      },
      body,
      redirect: "manual",
      signal: AbortSignal.timeout(ALERT_MS_MAX),
    })
    await response.body?.cancel()
    if (!response.ok) {
      throw new Error(
        `The receiver of alerts at ${new URL(target).origin} answered ${response.status}.`,
      )
    }
  }

  #destination(run: string): Destination | undefined {
    const { BELAY_ALERT_URL: url, BELAY_ALERT_KEY: key, BELAY_DEV } = this.#settings
    if (url === undefined || url === "") return undefined
    if (!isWebAddress(url)) {
      logLine(
        "error",
        "BELAY_ALERT_URL is no http or https address; nobody is told of this halt.",
        { run },
      )
      return undefined
    }
    if (key !== undefined && key !== "") return { url, key }
    if (BELAY_DEV === "1") return { url, key: DEVELOPMENT_KEY }
    logLine(
      "error",
      'BELAY_ALERT_URL is set without the secret BELAY_ALERT_KEY, so nobody is told of this halt; set it with "wrangler secret put BELAY_ALERT_KEY".',
      { run },
    )
    return undefined
  }
}

function haltedAtMs(body: string): number {
  return Date.parse((JSON.parse(body) as { readonly at: string }).at)
}

/** HMAC-SHA-256 in hex. */
async function signatureOf(text: string, key: string): Promise<string> {
  const encoder = new TextEncoder()
  const imported = await crypto.subtle.importKey(
    "raw",
    encoder.encode(key),
    { name: "HMAC", hash: "SHA-256" },
    false,
    ["sign"],
  )
  const signed = await crypto.subtle.sign("HMAC", imported, encoder.encode(text))
  return Array.from(new Uint8Array(signed), (byte) => byte.toString(16).padStart(2, "0")).join("")
}
