// Page: the console, as far as it goes: one run at a time, by its id: what it is, what it waits for, its journal as a
// timeline that grows while one looks, and what a person may do with it.
// Owns: one self-contained HTML document without data. Must not touch: runs; the script asks the contract's routes.
//   G1. Nothing is loaded from elsewhere: script and style stand in the page and run by a nonce made for each answer.

import { SCRIPT } from "./script.ts"
import { STYLE } from "./style.ts"

const VERBS = ["cancel", "kill", "pause", "resume", "retry"] as const

/** The page as a response. Its own policy lets it talk to this server alone. */
export function consolePage(): Response {
  const nonce = crypto.randomUUID()
  const buttons = VERBS.map((verb) => `<button data-verb="${verb}">${verb}</button>`).join(" ")
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<link rel="icon" href="data:,">
<title>Belay</title>
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<h1>Belay</h1>
<form id="open">
<label>Run id <input id="id" required autocomplete="off" spellcheck="false"></label>
<label>Access token <input id="token" type="password" autocomplete="off"></label>
<button>Open</button>
</form>
<p id="message" role="alert"></p>
<main id="run" hidden>
<div id="head" class="head"></div>
<div id="facts"></div>
<p id="actions">${buttons}</p>
<table>
<thead><tr><th>path</th><th>entry</th><th>state</th><th>time</th><th>value</th></tr></thead>
<tbody id="rows"></tbody>
</table>
</main>
<script nonce="${nonce}">${SCRIPT}</script>
</body>
</html>
`
  return new Response(html, {
    headers: {
      "content-type": "text/html; charset=utf-8",
      "content-security-policy": [
        "default-src 'none'",
        `script-src 'nonce-${nonce}'`,
        `style-src 'nonce-${nonce}'`,
        "img-src data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
      ].join("; "),
      "cache-control": "no-store",
    },
  })
}
