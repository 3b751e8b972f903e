// View: what a view of the console is, and what it is given.
// Owns: the shape. A view draws into its root, asks by the desk, and stops with the desk's signal.

import type { Place } from "../place.ts"
import type { Api } from "./api.ts"
import type { Role } from "./roles.ts"

export interface Desk {
  readonly api: Api
  /** What the token may do. */
  readonly roles: Promise<ReadonlySet<Role>>
  /** Where one was when the view was opened. */
  readonly place: Place
  /** Aborted when the view is left: whatever it began ends by it. */
  readonly signal: AbortSignal
  /** Goes to an address of the console, as a link would. */
  readonly go: (address: string) => void
  /** Changes the address without going anywhere: for what is typed into a filter. */
  readonly rewrite: (query: URLSearchParams) => void
  /** The main heading, and the document's title. */
  readonly setHeading: (text: string) => void
  /** Where the focus goes when what had it is gone. */
  readonly focusHeading: () => void
  /** Told to whoever looks or listens; goes away by itself. */
  readonly say: (text: string, kind?: "good" | "bad") => void
}

/** What a view may want to know while it is open. */
export interface OpenView {
  /** The address changed and it is still this view: other filters. */
  moved?(place: Place): void
}

export type View = (root: HTMLElement, desk: Desk) => OpenView
