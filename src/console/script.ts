// Script: what the console does in the browser: opens a run, draws its journal as a timeline, follows it, operates it.
// Owns: plain DOM code, run as it stands here. Must not touch: anything but the contract's routes.
//   S1. What the server says is shown as text, never as markup.
//   S2. The token stays in this tab's memory of the session; it is sent to this server alone.

export const SCRIPT = `
const byId = (id) => document.getElementById(id)
const [form, idField, token, message, view, head, facts, rows, actions] =
  ["open", "id", "token", "message", "run", "head", "facts", "rows", "actions"].map(byId)
const RECONNECT_MS = 1000
let openId
let entries = new Map()
let run
let following

const path = (...parts) => "/v1/runs/" + parts.map(encodeURIComponent).join("/")
const headers = () => (token.value === "" ? {} : { authorization: "Bearer " + token.value })

async function ask(method, url, body) {
  const response = await fetch(url, {
    method,
    headers: { ...headers(), "content-type": "application/json" },
    body: body && JSON.stringify(body),
  })
  const answer = await response.json()
  if (!response.ok) throw new Error(answer.error.message)
  return answer
}

function element(name, text, className) {
  const made = document.createElement(name)
  if (text !== undefined) made.textContent = text
  if (className) made.className = className
  return made
}

function shown(value) {
  return value === undefined ? "" : JSON.stringify(value)
}

function drawHead() {
  const link = (label, id) => {
    const made = element("a", label + " " + id)
    made.href = "#" + encodeURIComponent(id)
    return made
  }
  head.replaceChildren(
    element("strong", run.id),
    element("span", run.status, "badge " + run.status),
    element("span", run.workflow + " v" + run.version),
    element("span", run.createdAt + (run.endedAt ? " to " + run.endedAt : ""), "quiet"),
  )
  if (run.parent) head.append(link("child of", run.parent.id))
  const parts = [["input", run.input], ["result", run.result], ["error", run.error]]
  facts.replaceChildren(
    ...parts
      .filter(([, value]) => value !== undefined)
      .map(([label, value]) => element("pre", label + " " + shown(value))),
  )
  for (const wait of run.waitingFor ?? []) {
    const line = element("div", ["waits for", wait.kind, wait.name, wait.until && "until " + wait.until, wait.status]
      .filter(Boolean).join(" "), "quiet")
    if (wait.id) line.append(" ", link("run", wait.id))
    facts.append(line)
  }
}

function drawRows() {
  const times = [...entries.values()].flatMap((each) => [each.createdAt, each.settledAt ?? each.createdAt]).map(Date.parse)
  const from = Math.min(...times)
  const isOver = run && run.endedAt
  const to = Math.max(...times, isOver ? Date.parse(run.endedAt) : Date.now(), from + 1)
  rows.replaceChildren(
    ...[...entries.values()].map((entry) => {
      const row = element("tr")
      const lane = element("td", undefined, "lane " + entry.state)
      const bar = element("i")
      const begins = Date.parse(entry.createdAt)
      const ends = entry.settledAt ? Date.parse(entry.settledAt) : to
      bar.style.left = ((begins - from) / (to - from)) * 100 + "%"
      bar.style.width = ((ends - begins) / (to - from)) * 100 + "%"
      bar.title = entry.createdAt + " to " + (entry.settledAt ?? "now")
      lane.append(bar)
      row.append(
        element("td", entry.path, "path"),
        element("td", [entry.kind, entry.name].filter(Boolean).join(" ")),
        element("td", entry.state + (entry.attempts > 1 ? " (" + entry.attempts + ")" : ""), entry.state),
        lane,
        element("td", entry.error ? entry.error.message : shown(entry.value), "value"),
      )
      return row
    }),
  )
}

function take(event, data) {
  if (event === "entry") entries.set(data.kind + " " + data.path + (data.kind === "operator" ? data.createdAt : ""), data)
  if (event === "reset") entries = new Map()
  if (event === "entry") drawRows()
  if (event === "status" || event === "end") refresh()
}

async function refresh() {
  const id = openId
  const answer = await ask("GET", path(id))
  if (id !== openId) return
  run = answer
  view.hidden = false
  drawHead()
  drawRows()
}

/** The events as a stream of text; a token cannot be sent by the browser's own reader of events. */
async function follow(id, signal) {
  let lastId
  for (;;) {
    try {
      const query = lastId === undefined ? "" : "?lastEventId=" + encodeURIComponent(lastId)
      const response = await fetch(path(id, "events") + query, { headers: headers(), signal })
      if (!response.ok) throw new Error((await response.json()).error.message)
      const reader = response.body.pipeThrough(new TextDecoderStream()).getReader()
      let text = ""
      for (;;) {
        const { done, value } = await reader.read()
        if (done) break
        text += value
        const blocks = text.split("\\n\\n")
        text = blocks.pop()
        for (const block of blocks) {
          const fields = Object.fromEntries(block.split("\\n").map((line) => {
            const at = line.indexOf(":")
            return [line.slice(0, at), line.slice(at + 1).trimStart()]
          }))
          if (fields.id) lastId = fields.id
          if (fields.event) take(fields.event, JSON.parse(fields.data))
          if (fields.event === "end") return
        }
      }
    } catch (error) {
      if (signal.aborted) return
      message.textContent = error.message
    }
    await new Promise((resolve) => setTimeout(resolve, RECONNECT_MS))
    if (signal.aborted) return
  }
}

async function open(id) {
  following?.abort()
  following = new AbortController()
  openId = id
  idField.value = id
  entries = new Map()
  run = undefined
  message.textContent = ""
  view.hidden = true
  try {
    sessionStorage.setItem("belay.token", token.value)
    await refresh()
    follow(id, following.signal)
  } catch (error) {
    message.textContent = error.message
  }
}

form.addEventListener("submit", (event) => {
  event.preventDefault()
  const hash = "#" + encodeURIComponent(idField.value)
  if (location.hash === hash) open(idField.value)
  else location.hash = hash
})

actions.addEventListener("click", async (event) => {
  const { verb } = event.target.dataset
  if (!verb) return
  message.textContent = ""
  try {
    await ask("POST", path(openId, verb), {})
    if (run.endedAt) open(openId)
    else await refresh()
  } catch (error) {
    message.textContent = error.message
  }
})

addEventListener("hashchange", () => open(decodeURIComponent(location.hash.slice(1))))
token.value = sessionStorage.getItem("belay.token") ?? ""
if (location.hash.length > 1) open(decodeURIComponent(location.hash.slice(1)))
`
