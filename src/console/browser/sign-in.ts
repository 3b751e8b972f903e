// Sign-in: asks for an access token, where the server wants one.
// Owns: the form. Must not touch: what the token may do; the server says so.

import { element } from "./element.ts"
import { storeToken } from "./session.ts"

/** @param reason the server's words  @param onDone called when a token is there */
export function signIn(root: HTMLElement, reason: string, onDone: () => void): void {
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
    element("p", { role: "alert" }, reason),
    element("label", {}, "Access token ", token),
    element(
      "p",
      { class: "quiet", id: "token-help" },
      "One of the tokens in the server's secret BELAY_TOKENS. With the role “read” you can look at everything, with “start” also start runs and send them messages, with “operate” do everything. It is kept in this tab until the tab is closed or you sign out, and sent to this server only.",
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
