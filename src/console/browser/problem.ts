// Problem: what did not work, and what a person can do about it.
// Owns: the panel. Must not touch: what is tried again.

import { ApiError } from "./api.ts"
import { button, element } from "./element.ts"

/** What to do, by code; the server's own message stands above it. */
const ADVICE: Readonly<Record<string, string>> = {
  not_configured: "This part is not set up on this server; the message says what is missing.",
  forbidden: "Sign out, and in again with a token that has the role.",
  run_unknown: "Look whether the id is right: it may be deleted, or never have been started.",
}

/** Whether the same question may well be answered in a moment. */
export function isPassing(error: unknown): boolean {
  if (!(error instanceof ApiError)) return false
  // What stands before a server that is away answers in words of its own.
  return (
    error.code === "unreachable" ||
    error.code === "overloaded" ||
    (error.code === "unreadable" && error.status >= 500)
  )
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/** @param again what a button "Try again" does; whoever gives it asks again by itself, too, what may pass */
export function problemPanel(error: unknown, again?: () => void): HTMLElement {
  const code = error instanceof ApiError ? error.code : "unexpected"
  const isAskedAgain = again !== undefined && isPassing(error)
  const advice = isAskedAgain ? "It is asked again in a moment." : ADVICE[code]
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
