// Shell: which view is open, and how one goes from one to the next.
// Owns: history, title, main heading, focus, sign-in and sign-out. Must not touch: what a view shows.
//   N1. Every place has an address; back, forward, reload and a copied link lead to it.
//   N2. Going somewhere moves the focus to the main heading, so that a screen reader says where one is.
//   N3. A view that has been left changes nothing any more: what it still had to say comes too late.

import { documentTitle, headingOf, isSameView, placeOf, VIEWS, type Place } from "../place.ts"
import { Api, type ApiError } from "./api.ts"
import { showDialog } from "./dialog.ts"
import { button, setText } from "./element.ts"
import { showHaltedCount } from "./halted-count.ts"
import { keyHelp, listenToKeys } from "./keys.ts"
import { say } from "./messages.ts"
import { Roles } from "./roles.ts"
import { forgetToken, storedToken } from "./session.ts"
import { signIn } from "./sign-in.ts"
import type { Desk, OpenView, View } from "./view.ts"

export class Shell {
  readonly #views: Readonly<Record<Place["view"], View>>
  readonly #heading = part("heading")
  readonly #root = part("view")
  readonly #tools = part("tools")
  readonly #messages = part("messages")
  readonly #api = new Api((error) => this.#askForToken(error))
  readonly #roles = new Roles(this.#api)
  #place = placeHere()
  #open: OpenView = {}
  #isSigningIn = false
  #closing = new AbortController()

  constructor(views: Readonly<Record<Place["view"], View>>) {
    this.#views = views
  }

  start(): void {
    addEventListener("popstate", () => {
      // A step within the page, as the skip link's, leads to no other place.
      if (String(placeHere().query) !== String(this.#place.query)) this.#arrive(true)
    })
    document.addEventListener("click", (event) => this.#followLink(event))
    listenToKeys({ "?": () => showDialog("Keyboard", keyHelp()) })
    this.#mount()
    const inbox = document.querySelector('nav a[data-view="inbox"]')
    if (inbox !== null) showHaltedCount(inbox, this.#api)
  }

  #go(address: string): void {
    history.pushState(null, "", address)
    this.#arrive(false)
  }

  #arrive(isBack: boolean): void {
    const before = this.#place
    this.#place = placeHere()
    if (isSameView(before, this.#place) && this.#open.moved !== undefined) {
      this.#open.moved(this.#place)
      return
    }
    this.#mount()
    this.#heading.focus({ preventScroll: isBack })
    if (!isBack) scrollTo(0, 0)
  }

  #mount(): void {
    this.#isSigningIn = false
    const place = this.#place
    this.#clear()
    this.#setHeading(headingOf(place))
    this.#heading.className = place.view === "run" ? "id" : ""
    for (const view of VIEWS) {
      const link = document.querySelector(`nav a[data-view="${view}"]`)
      if (view === place.view) link?.setAttribute("aria-current", "page")
      else link?.removeAttribute("aria-current")
    }
    this.#drawTools()
    this.#open = this.#views[place.view](this.#root, this.#desk(place))
  }

  #clear(): void {
    this.#closing.abort()
    this.#closing = new AbortController()
    this.#open = {}
    this.#root.dataset["view"] = this.#place.view
    this.#root.replaceChildren()
  }

  #desk(place: Place): Desk {
    const { signal } = this.#closing
    return {
      api: this.#api,
      roles: this.#roles.ask(),
      place,
      signal,
      go: (address) => {
        if (!signal.aborted) this.#go(address)
      },
      rewrite: (query) => {
        if (signal.aborted) return
        history.replaceState(null, "", query.size === 0 ? "/" : `/?${query.toString()}`)
        this.#place = placeHere()
      },
      setHeading: (text) => {
        if (!signal.aborted) this.#setHeading(text)
      },
      focusHeading: () => {
        if (!signal.aborted) this.#heading.focus({ preventScroll: true })
      },
      say: (text, kind) => say(this.#messages, text, kind),
    }
  }

  #setHeading(text: string): void {
    setText(this.#heading, text)
    document.title = documentTitle(text)
  }

  /** Links of the console stay in the page; new tabs and other addresses are the browser's. */
  #followLink(event: MouseEvent): void {
    if (event.defaultPrevented || event.button !== 0) return
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
    const link = event.target instanceof Element ? event.target.closest("a") : null
    if (link === null || link.target !== "" || link.hasAttribute("download")) return
    const to = new URL(link.href)
    if (to.origin !== location.origin || to.pathname !== "/" || to.hash !== "") return
    event.preventDefault()
    this.#go(to.pathname + to.search)
  }

  #drawTools(): void {
    this.#tools.replaceChildren(
      button("?", () => showDialog("Keyboard", keyHelp()), {
        class: "help",
        "aria-label": "Help: the keyboard",
      }),
      ...(storedToken() === undefined ? [] : [button("Sign out", () => this.#signOut())]),
    )
  }

  #signOut(): void {
    forgetToken()
    // What was refused to the one who has left is no news for the next.
    this.#messages.replaceChildren()
    this.#mount()
    say(this.#messages, "Signed out. The token is forgotten.")
  }

  #askForToken(error: ApiError): void {
    // What else is refused meanwhile must not empty the field under somebody's hand.
    if (this.#isSigningIn) return
    this.#isSigningIn = true
    this.#clear()
    this.#setHeading("Sign in")
    const refused = storedToken() === undefined ? undefined : error.message
    signIn(this.#root, refused, () => {
      this.#messages.replaceChildren()
      this.#mount()
    })
  }
}

function placeHere(): Place {
  return placeOf(new URLSearchParams(location.search))
}

function part(id: string): HTMLElement {
  const found = document.getElementById(id)
  if (found === null) throw new Error(`The page has no part "${id}".`)
  return found
}
