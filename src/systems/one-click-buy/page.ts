// The page of one-click buy: buy, countdown, cancel, result.
// Owns: one self-contained HTML document without data. Must not touch: anything but the routes beside it.
//   G1. Nothing is loaded from elsewhere: script and style stand in the page and run by a nonce made for each answer.
//   G2. What the server says is shown as text, never as markup.

const STYLE = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; }
body { max-width: 26rem; margin: 4rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; }
label { display: block; margin: 0.75rem 0; }
input { font: inherit; width: 100%; box-sizing: border-box; padding: 0.4rem; }
button { font: inherit; padding: 0.5rem 1.25rem; margin-right: 0.5rem; cursor: pointer; }
button:disabled { cursor: default; }
#result { min-height: 3rem; margin-top: 1rem; }
#access[hidden] { display: none; }
`

const SCRIPT = `
const byId = (id) => document.getElementById(id)
const [buy, cancel, item, access, token, countdown, result] =
  ["buy", "cancel", "item", "access", "token", "countdown", "result"].map(byId)
const POLL_MS = 500
const POLL_AFTER_ERROR_MS = 1000
let key
let deadlineMs
let ticking

async function call(method, path, body) {
  const headers = { "content-type": "application/json" }
  if (token.value !== "") headers.authorization = "Bearer " + token.value
  const response = await fetch(path, { method, headers, body: body && JSON.stringify(body) })
  if (response.status === 401 || response.status === 403) access.hidden = false
  const answer = await response.json()
  if (!response.ok && response.status !== 409) throw new Error(answer.error.message)
  return answer
}

function show(text, isOver) {
  result.textContent = text
  if (!isOver) return
  clearInterval(ticking)
  countdown.textContent = ""
  cancel.disabled = true
  buy.disabled = false
}

function tick() {
  const leftMs = deadlineMs - Date.now()
  cancel.disabled = leftMs <= 0
  countdown.textContent =
    leftMs > 0 ? "You can cancel for another " + Math.ceil(leftMs / 1000) + " s." : "Confirming …"
}

async function poll(polledKey) {
  if (polledKey !== key) return
  let waitMs = POLL_MS
  try {
    const answer = await call("GET", "/status/" + encodeURIComponent(polledKey))
    if (polledKey !== key) return
    if (answer.status === "done") {
      const { state, itemId, orderId } = answer.result
      const confirmed = state === "PURCHASE_CONFIRMED"
      return show(confirmed ? "Bought " + itemId + ". Your order is " + orderId + "." : "Cancelled. Nothing was bought.", true)
    }
    if (answer.status !== "pending") return show("The purchase is " + answer.status + ": " + answer.error.message, true)
  } catch (error) {
    result.textContent = error.message
    waitMs = POLL_AFTER_ERROR_MS
  }
  setTimeout(poll, waitMs, polledKey)
}

buy.addEventListener("click", async () => {
  buy.disabled = true
  key = "buy-" + Date.now() + "-" + Math.random().toString(36).slice(2)
  show("Buying …", false)
  try {
    const answer = await call("POST", "/buy/" + key, { itemId: item.value })
    deadlineMs = Date.parse(answer.deadline)
    show("", false)
    ticking = setInterval(tick, 100)
    tick()
    poll(key)
  } catch (error) {
    show(error.message, true)
  }
})

cancel.addEventListener("click", async () => {
  cancel.disabled = true
  try {
    await call("POST", "/cancel/" + key)
  } catch (error) {
    result.textContent = error.message
  }
})
`

/** The page as a response. Its own policy lets it talk to this server alone. */
export function buyPage(): Response {
  const nonce = crypto.randomUUID()
  const html = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>One-click buy</title>
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<main>
<h1>One-click buy</h1>
<label>Item <input id="item" value="widget-001" autocomplete="off"></label>
<label id="access" hidden>Access token <input id="token" type="password" autocomplete="off"></label>
<button id="buy">Buy now</button><button id="cancel" disabled>Cancel</button>
<p id="countdown" aria-live="off"></p>
<p id="result" role="status"></p>
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
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
      ].join("; "),
      "cache-control": "no-store",
    },
  })
}
