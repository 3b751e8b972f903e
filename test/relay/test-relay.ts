// Test relay: a real relay process with the embedded ledger in memory, for the tests that run inside the Workers
// runtime, where a native client and node:sqlite cannot. One per test process; it ends with it.

import { spawn } from "node:child_process"
import { randomBytes } from "node:crypto"
import { createInterface } from "node:readline"

const KEY_ID = "test"

export interface RelayBindings {
  readonly BELAY_RELAY_URL: string
  readonly BELAY_RELAY_KEY: string
}

let started: Promise<RelayBindings> | undefined

/** The bindings that lead a Worker to the relay. */
export function startTestRelay(): Promise<RelayBindings> {
  started ??= start()
  return started
}

async function start(): Promise<RelayBindings> {
  const secret = randomBytes(32).toString("hex")
  const child = spawn(process.execPath, ["scripts/relay.ts"], {
    env: {
      ...process.env,
      BELAY_RELAY_PORT: "0",
      BELAY_LEDGER_FILE: ":memory:",
      BELAY_RELAY_KEYS: JSON.stringify({ [KEY_ID]: secret }),
      BELAY_READY_JSON: "1",
    },
    stdio: ["ignore", "pipe", "inherit"],
  })
  // In memory it has nothing to lose, and its farewell must not come after the last line of the tests.
  process.on("exit", () => child.kill("SIGKILL"))
  const port = await readPort(child.stdout)
  // Neither the process nor its pipe may keep the tests from ending.
  child.unref()
  const pipe = child.stdout as unknown as { unref(): void }
  pipe.unref()
  return {
    BELAY_RELAY_URL: `http://127.0.0.1:${port}`,
    BELAY_RELAY_KEY: JSON.stringify({ id: KEY_ID, secret }),
  }
}

async function readPort(output: NodeJS.ReadableStream): Promise<number> {
  const lines = createInterface({ input: output })
  for await (const line of lines) {
    const ready = /"port":(\d+)/.exec(line)
    if (ready !== null) return Number(ready[1])
  }
  throw new Error("The relay ended before it was ready; its messages stand above.")
}
