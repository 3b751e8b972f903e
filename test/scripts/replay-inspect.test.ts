// Replay under a debugger: it waits for one, stops before the workflow is called, and the workflow has its own source.

import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { expect, onTestFinished, test } from "vitest"

const SCRIPT = fileURLToPath(new URL("../../scripts/replay.ts", import.meta.url))
const JOURNAL = fileURLToPath(
  new URL("../journals/money-transfer.completed.jsonl", import.meta.url),
)

interface Message {
  readonly method?: string
  readonly params?: {
    readonly url?: string
    readonly sourceMapURL?: string
    readonly reason?: string
  }
}

test("--inspect stops before the workflow, whose source map is at hand, and then goes on to the end", async () => {
  const child = spawn(process.execPath, ["--inspect-port=0", SCRIPT, JOURNAL, "--inspect"], {
    stdio: ["ignore", "pipe", "pipe"],
  })
  onTestFinished(() => void child.kill("SIGKILL"))
  let output = ""
  child.stdout.setEncoding("utf8").on("data", (text: string) => (output += text))
  const ended = new Promise<number | null>((resolve) => child.once("close", resolve))
  const address = await new Promise<string>((resolve) => {
    let errors = ""
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      errors += text
      const found = /ws:\/\/\S+/.exec(errors)
      if (found !== null) resolve(found[0])
    })
  })

  const socket = new WebSocket(address)
  onTestFinished(() => socket.close())
  const messages: Message[] = []
  const paused = new Promise<void>((resolve) => {
    socket.addEventListener("message", ({ data }) => {
      const message = JSON.parse(String(data)) as Message
      messages.push(message)
      if (message.method === "Debugger.paused") resolve()
    })
  })
  await new Promise((resolve) => socket.addEventListener("open", resolve))
  let lastId = 0
  const send = (method: string) => socket.send(JSON.stringify({ id: ++lastId, method }))
  send("Debugger.enable")
  // It listens a moment before it waits: who is faster than that is not heard.
  const telling = setInterval(() => send("Runtime.runIfWaitingForDebugger"), 200)
  onTestFinished(() => clearInterval(telling))
  await paused
  clearInterval(telling)
  expect(output).toContain("Run transfer-t1: transferMoney version 1, completed")
  expect(output).not.toContain("The code fits")
  const code = messages.find(({ params }) => params?.url?.endsWith("worker.mjs") === true)
  const [, map = ""] = /base64,(.+)$/.exec(code?.params?.sourceMapURL ?? "") ?? []
  const { sources } = JSON.parse(Buffer.from(map, "base64").toString() || "{}") as {
    sources?: string[]
  }
  expect(sources?.filter((source) => source.endsWith("money-transfer/workflow.ts"))).toHaveLength(1)

  send("Debugger.resume")
  socket.close()
  expect(await ended).toBe(0)
  expect(output).toContain("The code fits; where the journal ends it ends completed.")
}, 60_000)
