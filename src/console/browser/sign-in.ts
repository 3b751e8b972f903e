// Sign-in: asks for an access token, where the server wants one.
// Owns: the form. Must not touch: what the token may do; the server says so.

import { element } from "./element.ts"
import { labelled } from "./labelled.ts"
import { storeToken } from "./session.ts"

/** @param refused why the token that was given is none; nothing before one was  @param onDone called when a token is there */
export function signIn(root: HTMLElement, refused: string | undefined, onDone: () => void): void {
  const token = element("input", {
    type: "password",
    name: "token",
    required: true,
    autocomplete: "off",
    spellcheck: "false",
    "aria-describedby": "token-help",
  })
  const form = element(
    "form",
    { class: "panel sign-in", method: "dialog" },
    refused === undefined
      ? element("p", {}, "This server is for those who have an access token.")
      : element("p", { role: "alert", class: "field-problem" }, refused),
    labelled("Access token", token),
    element(
      "p",
      { class: "quiet", id: "token-help" },
      "One of those in the server's secret BELAY_TOKENS; whoever runs the server hands them out. With the role “read” it lets you look at everything, with “start” start runs and send them messages, with “operate” do everything. This page shows nothing without “read”: a token with “start” alone is for programs. It is kept in this tab until the tab is closed or you sign out, and sent to this server only.",
    ),
    element("button", { class: "primary" }, "Sign in"),
  )
  form.addEventListener("submit", (event) => {
    event.preventDefault()
    storeToken(token.value.trim())
    onDone()
  })
  root.replaceChildren(form)
  token.focus()
}
