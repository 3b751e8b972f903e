// Relay request: a request to the relay, signed as it should be or spoilt in one place.
// Owns: the ways to spoil it, and what each must be answered. Pure but for the nonce.

import { createHash, createHmac } from "node:crypto"
import {
  AUDIENCE_HEADER,
  DEADLINE_HEADER,
  KEY_HEADER,
  NONCE_HEADER,
  requestText,
  SIGNATURE_HEADER,
  TIME_HEADER,
  type RelayKey,
} from "../../src/ledger/signature.ts"
import type { HttpCase } from "./http-case.ts"

/** How a request is spoilt. Each but the first and the last is refused with 401. */
export const SPOILS = [
  "not at all",
  "signature bit",
  "signature cut",
  "signature of another secret",
  "signature missing",
  "signature in capitals",
  "key unknown",
  "key of another",
  "key __proto__",
  "nonce changed",
  "nonce cut",
  "time long ago",
  "time far ahead",
  "time changed",
  "time in words",
  "audience of another",
  "audience changed",
  "path of another",
  "body changed",
  "body cut",
  "replayed",
  "deadline passed",
] as const

type Spoil = (typeof SPOILS)[number]

export interface RelayCase {
  readonly path: string
  readonly body: Uint8Array
  readonly spoil: Spoil
  /** Which bit or place. */
  readonly at: number
}

export interface RelaySide {
  readonly key: RelayKey
  readonly other: RelayKey
  readonly audience: string
  readonly nowMs: number
  /** 32 hex digits, never used before. */
  readonly nonce: string
}

/** A minute and more. */
const TOO_FAR_MS = 61_000

export function relayRequest(one: RelayCase, side: RelaySide): HttpCase {
  const { path, body, spoil, at } = one
  const { key, other, nowMs } = side
  const offsetMs =
    spoil === "time long ago" ? -TOO_FAR_MS : spoil === "time far ahead" ? TOO_FAR_MS : 0
  const signed = {
    method: "POST",
    path: spoil === "path of another" ? "/v1/query_accounts?" : path,
    audience: spoil === "audience of another" ? "http://127.0.0.1:1" : side.audience,
    timeMs: nowMs + offsetMs,
    nonce: side.nonce,
    bodyHash: createHash("sha256").update(body).digest("hex"),
  }
  const secret = spoil === "signature of another secret" ? `${key.secret}x` : key.secret
  const signature = createHmac("sha256", secret).update(requestText(signed)).digest("hex")
  const headers = new Map<string, string>([
    ["content-type", "application/json"],
    [KEY_HEADER, key.id],
    [AUDIENCE_HEADER, signed.audience],
    [TIME_HEADER, String(signed.timeMs)],
    [NONCE_HEADER, signed.nonce],
    [SIGNATURE_HEADER, signature],
  ])
  const changed = changedHeaders(spoil, at, {
    signature,
    nonce: signed.nonce,
    timeMs: signed.timeMs,
    other,
  })
  for (const [name, value] of changed) {
    if (value === undefined) headers.delete(name)
    else headers.set(name, value)
  }
  return { method: "POST", target: path, headers: [...headers], body: changedBody(spoil, at, body) }
}

interface SignedParts {
  readonly signature: string
  readonly nonce: string
  readonly timeMs: number
  readonly other: RelayKey
}

function changedHeaders(
  spoil: Spoil,
  at: number,
  { signature, nonce, timeMs, other }: SignedParts,
): readonly (readonly [string, string | undefined])[] {
  switch (spoil) {
    case "signature bit":
      return [[SIGNATURE_HEADER, withOtherDigit(signature, at)]]
    case "signature cut":
      return [[SIGNATURE_HEADER, signature.slice(0, at % signature.length)]]
    case "signature missing":
      return [[SIGNATURE_HEADER, undefined]]
    case "signature in capitals":
      return [[SIGNATURE_HEADER, `A${signature.slice(1).toUpperCase()}`]]
    case "key unknown":
      return [[KEY_HEADER, "nobody"]]
    case "key of another":
      return [[KEY_HEADER, other.id]]
    case "key __proto__":
      return [[KEY_HEADER, "__proto__"]]
    case "nonce changed":
      return [[NONCE_HEADER, withOtherDigit(nonce, at)]]
    case "nonce cut":
      return [[NONCE_HEADER, nonce.slice(0, at % nonce.length)]]
    case "time changed":
      return [[TIME_HEADER, String(timeMs + 1 + (at % 1_000))]]
    case "time in words":
      return [[TIME_HEADER, new Date(timeMs).toISOString()]]
    case "audience changed":
      return [[AUDIENCE_HEADER, "http://localhost:1"]]
    case "deadline passed":
      return [[DEADLINE_HEADER, String(timeMs - 1)]]
    default:
      return []
  }
}

function changedBody(spoil: Spoil, at: number, body: Uint8Array): Uint8Array {
  if (spoil === "body cut") return body.slice(0, at % Math.max(body.length, 1))
  if (spoil !== "body changed") return body
  const copy = Uint8Array.from(body.length === 0 ? [0] : body)
  const index = at % copy.length
  copy[index] = (copy[index] ?? 0) ^ 1
  return copy
}

function withOtherDigit(hex: string, at: number): string {
  const index = at % hex.length
  const digit = (Number.parseInt(hex[index] ?? "0", 16) ^ (1 << (at % 4))).toString(16)
  return hex.slice(0, index) + digit + hex.slice(index + 1)
}
