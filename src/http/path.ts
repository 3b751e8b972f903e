// Path: a request's path, as it was sent.
// Owns: where a segment begins and ends, how it is decoded, which ids are refused, how a link is built.
// Must not touch: what a segment means.
//   P1. Routing sees the raw path: an id with an encoded "/" stays one segment, and nothing is decoded twice.
//   P2. An empty segment is a segment: it is refused as an id and never merged with its neighbour.

import { utf8Bytes } from "../engine/values/codec.ts"
import { BelayError } from "../engine/errors.ts"
import { RUN_ID_BYTES_MAX } from "../engine/limits.ts"

/** Scheme and authority, then the path. The runtime hands the path over as it came, dots and all. */
const URL_PATH = /^[^:/?#]+:\/\/[^/?#]*([^?#]*)/

/** Stands for an empty segment while routing; no decoder takes it for a name. */
const EMPTY_SEGMENT = "%"

/** C0, DEL and C1. */
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]/

/** How much of a refused id is repeated to the caller. */
const QUOTED_CHARACTERS_MAX = 60

/** The path the router matches: raw, with every empty segment made visible to it. */
export function routingPath(request: Request): string {
  const path = rawPath(request.url)
  return path === "/" ? path : path.replaceAll(/\/(?=\/|$)/g, `/${EMPTY_SEGMENT}`)
}

/**
 * The decoded segment at `index`; 0 is the first.
 * @param name what a refusal calls it; where none is given, it is quoted.
 * @throws BelayError invalid_id when it is no id: 1 to `bytesMax` bytes of UTF-8, no control characters, not "." or "..".
 */
export function pathSegment(
  request: Request,
  index: number,
  bytesMax: number = RUN_ID_BYTES_MAX,
  name?: string,
): string {
  const raw = rawPath(request.url).split("/")[index + 1] ?? ""
  const called = name ?? `"${shortened(raw)}"`
  const segment = decodeSegment(raw, bytesMax, called)
  const problem = segmentProblem(segment, bytesMax)
  if (problem !== undefined) throw invalidId(called, problem, bytesMax)
  return segment
}

/** Why a text cannot be an id or a name in a path; `undefined` when it can. */
export function segmentProblem(
  segment: string,
  bytesMax: number = RUN_ID_BYTES_MAX,
): string | undefined {
  if (segment === "") return "it is empty"
  if (segment === "." || segment === "..") return "URL parsers remove it from paths"
  if (CONTROL_CHARACTERS.test(segment)) return "it has control characters"
  // Only from a body: no percent-encoding gives one, so nothing of such a name could be asked for again.
  if (!segment.isWellFormed()) return "it has half a surrogate pair, which UTF-8 cannot carry"
  const bytes = utf8Bytes(segment)
  return bytes > bytesMax ? `it has ${bytes} bytes` : undefined
}

/** A path made of these segments, each percent-encoded. */
export function linkTo(...segments: readonly string[]): string {
  return segments.map((segment) => `/${encodeURIComponent(segment)}`).join("")
}

function rawPath(url: string): string {
  const path = URL_PATH.exec(url)?.[1] ?? ""
  return path === "" ? "/" : path
}

function decodeSegment(raw: string, bytesMax: number, called: string): string {
  try {
    return decodeURIComponent(raw)
  } catch {
    const reason = "its percent-encoding is not valid UTF-8; write a single % as %25"
    throw invalidId(called, reason, bytesMax)
  }
}

function shortened(raw: string): string {
  return raw.length > QUOTED_CHARACTERS_MAX ? `${raw.slice(0, QUOTED_CHARACTERS_MAX)}…` : raw
}

function invalidId(called: string, reason: string, bytesMax: number): BelayError {
  return new BelayError(
    "invalid_id",
    `${called} in the path cannot be used: ${reason}. It takes 1 to ${bytesMax} bytes of UTF-8 without control characters, percent-encoded.`,
  )
}
