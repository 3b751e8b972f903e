// Given app: the HTTP face over fake runs, as a test's opening line.
// Invariant: after every test that uses it, the app still answers: whatever a request did, the next one works.

import { expect, onTestFinished } from "vitest"
import type { RunIndex } from "../../../src/engine/ports/run-index.ts"
import type { Runs } from "../../../src/engine/ports/runs.ts"
import type { Schedules } from "../../../src/engine/ports/schedules.ts"
import type { WorkflowListing } from "../../../src/engine/workflow/registry.ts"
import { consolePage } from "../../../src/console/page.ts"
import { createApp, type AppOptions } from "../../../src/http/app.ts"
import type { Watch } from "../../../src/http/event-routes.ts"
import { fakeRuns, fakeWatch, type Call } from "./fake-runs.ts"
import { fakeSchedules, type ScheduleCall } from "./fake-schedules.ts"
import { fakeIndex, type IndexCall } from "./fake-index.ts"

export const OPERATE_TOKEN = "token-that-may-operate"
export const READ_TOKEN = "token-that-may-read"
export const START_TOKEN = "token-that-may-start"

/** The variables of a deployed Worker with one token for each role. */
export const DEPLOYED = {
  BELAY_TOKENS: JSON.stringify({
    [OPERATE_TOKEN]: ["operate"],
    [READ_TOKEN]: ["read"],
    [START_TOKEN]: ["start"],
  }),
}

interface Given {
  readonly runs?: Partial<Runs>
  readonly watch?: Partial<Watch>
  readonly schedules?: Partial<Schedules>
  readonly workflows?: readonly WorkflowListing[]
  readonly index?: Partial<RunIndex>
  /** Variables of the Worker; a development server without tokens unless given. */
  readonly variables?: Partial<Pick<Cloudflare.Env, "BELAY_DEV" | "BELAY_TOKENS">>
  readonly mount?: AppOptions["mount"]
}

interface Ask {
  readonly body?: unknown
  readonly token?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
  /** `error.code` of the body, if it is an error. */
  readonly code: string | undefined
  /** `error.message` of the body, if it is an error. */
  readonly message: string
}

export function givenApp(given: Given = {}) {
  const calls: Call[] = []
  const runs = fakeRuns(given.runs ?? {}, calls)
  const scheduleCalls: ScheduleCall[] = []
  const schedules = fakeSchedules(given.schedules ?? {}, scheduleCalls)
  const indexCalls: IndexCall[] = []
  const index = fakeIndex(given.index ?? {}, indexCalls)
  const env = (given.variables ?? { BELAY_DEV: "1" }) as Cloudflare.Env
  const app = createApp({
    runs: () => runs,
    watch: () => fakeWatch(given.watch),
    schedules: () => schedules,
    workflows: () => given.workflows ?? [],
    index: () => index,
    page: consolePage,
    ...(given.mount !== undefined && { mount: given.mount }),
  })

  async function send(request: Request): Promise<Answer> {
    return answerOf(await app.fetch(request, env))
  }

  /** "POST /v1/runs/a", with `body` as JSON. */
  function ask(line: string, { body, token, headers }: Ask = {}): Promise<Answer> {
    const [method = "", path = ""] = line.split(" ")
    return send(
      new Request(`http://belay${path}`, {
        method,
        headers: { ...headers, ...(token !== undefined && { authorization: `Bearer ${token}` }) },
        ...(body !== undefined && { body: JSON.stringify(body) }),
      }),
    )
  }

  onTestFinished(async () => {
    const alive = await ask("GET /healthz")
    expect(alive).toMatchObject({ status: 200, body: { status: "ok" } })
  })
  return { app, env, calls, scheduleCalls, indexCalls, send, ask }
}

async function answerOf(response: Response): Promise<Answer> {
  const text = await response.text()
  const isJson = /^application\/json\b/.test(response.headers.get("content-type") ?? "")
  const body: unknown = isJson && text !== "" ? JSON.parse(text) : text
  const { error } = Object(body) as { error?: { code?: string; message?: string } }
  return {
    status: response.status,
    headers: response.headers,
    body,
    code: error?.code,
    message: error?.message ?? "",
  }
}

/** A body whose length nobody declares. */
export function streamOf(...chunks: readonly Uint8Array[]): ReadableStream<Uint8Array> {
  const pending = [...chunks]
  return new ReadableStream({
    pull(controller) {
      const chunk = pending.shift()
      if (chunk === undefined) controller.close()
      else controller.enqueue(chunk)
    },
  })
}
