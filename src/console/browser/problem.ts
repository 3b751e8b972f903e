// Problem: what did not work, and what a person can do about it.
// Owns: the panel. Must not touch: what is tried again.

import { ApiError } from "./api.ts"
import { button, element } from "./element.ts"

/** What to do, by code; the server's own message stands above it. */
const ADVICE: Readonly<Record<string, string>> = {
  not_configured: "This part is not set up on this server; the message says what is missing.",
  overloaded: "The server is busy. It is asked again in a moment.",
  forbidden: "Sign out, and in again with a token that has the role.",
  unreachable: "It is asked again in a moment.",
  run_unknown: "Look whether the id is right: it may be deleted, or never have been started.",
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** @param again what a button "Try again" does */
export function problemPanel(error: unknown, again?: () => void): HTMLElement {
  const code = error instanceof ApiError ? error.code : "unexpected"
  const advice = ADVICE[code]
  return element(
    "div",
    { class: "panel problem", role: "alert" },
    element("p", {}, element("strong", {}, titleOf(error)), " ", messageOf(error)),
    advice === undefined ? undefined : element("p", { class: "quiet" }, advice),
    again && button("Try again", again),
  )
}

function titleOf(error: unknown): string {
  if (!(error instanceof ApiError)) return "Something is wrong with this page."
  if (error.status === 0) return "No answer."
  if (error.status === 403) return `This token may not do that${roleOf(error)}.`
  return error.status === 404 ? "There is no such thing." : "That did not work."
}

function roleOf({ details }: ApiError): string {
  if (typeof details !== "object" || details === null || !("role" in details)) return ""
  return `: it lacks the role "${String(details.role)}"`
}
