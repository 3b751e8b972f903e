// A supervised process: killed, stopped, dead by itself, slow to start; in the end it is up.

import { expect, test } from "vitest"
import { Supervised, type Process } from "../../../scripts/chaos/supervised.ts"
import type { Ending } from "../../../scripts/support/process-group.ts"
import { waitUntil } from "../../../scripts/support/wait-until.ts"

const SOON_MS = 5_000

/** What happened to it, in order. */
class FakeProcess implements Process {
  readonly log: string[] = []
  readonly tail = "its last words"
  failures = 0
  #ended = Promise.withResolvers<Ending>()

  get ended(): Promise<Ending> {
    return this.#ended.promise
  }

  async start(): Promise<void> {
    if (this.failures-- > 0) {
      this.log.push("failed start")
      throw new Error("no")
    }
    this.log.push("start")
    this.#ended = Promise.withResolvers<Ending>()
  }

  async kill(): Promise<void> {
    this.log.push("kill")
    this.die("SIGKILL")
  }

  signal(signal: NodeJS.Signals): void {
    this.log.push(signal)
  }

  die(signal: NodeJS.Signals): void {
    this.#ended.resolve({ code: null, signal })
  }
}

function supervised() {
  const process = new FakeProcess()
  return { process, supervisor: new Supervised("relay", process, () => undefined) }
}

test("a kill and a stop take turns, and neither counts as a death of its own", async () => {
  const { process, supervisor } = supervised()
  await Promise.all([supervisor.kill(20), supervisor.stop(5)])
  await supervisor.settle()
  expect(process.log).toEqual(["kill", "start", "SIGSTOP", "SIGCONT"])
  expect(supervisor.deaths).toEqual([])
})

test("one that ends by itself is started again, and its last words are kept", async () => {
  const { process, supervisor } = supervised()
  process.die("SIGBUS")
  await waitUntil("the start", SOON_MS, () => (process.log.length > 0 ? true : undefined))
  await supervisor.settle()
  expect(process.log).toEqual(["start"])
  expect(supervisor.deaths).toEqual(["relay ended by itself (SIGBUS): its last words"])
})

test("a start that fails is tried again", async () => {
  const { process, supervisor } = supervised()
  process.failures = 2
  await supervisor.kill(0)
  await supervisor.settle()
  expect(process.log).toEqual(["kill", "failed start", "failed start", "start"])
  expect(supervisor.failedStarts).toBe(2)
})

test("one that is over stays dead", async () => {
  const { process, supervisor } = supervised()
  supervisor.end()
  process.die("SIGKILL")
  await supervisor.settle()
  expect(process.log).toEqual(["SIGCONT"])
  expect(supervisor.deaths).toEqual([])
})
