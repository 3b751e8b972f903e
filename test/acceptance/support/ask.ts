// Ask: the tests' own runs over HTTP, as somebody outside meets them.
// Owns: the Worker over those runs, and the tokens of the three roles. Must not touch: what a test expects.

import { createExecutionContext } from "cloudflare:test"
import { env } from "cloudflare:workers"
import { Belay } from "../../../src/belay.ts"

type Role = "read" | "start" | "operate"

interface Ask {
  /** Sent as JSON. */
  readonly body?: unknown
  /** Whose token is shown; that of an operator unless given. */
  readonly role?: Role
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answer {
  readonly status: number
  readonly body: unknown
  /** `error.code` of the body, if it is an error. */
  readonly code: string | undefined
  /** `error.message` of the body, if it is an error. */
  readonly message: string
}

const ROLES: readonly Role[] = ["read", "start", "operate"]

/** Only its doors are used: which workflows there are is the objects' own affair. */
const { worker } = new Belay()

const environment: Cloudflare.Env = {
  ...env,
  RUNS: env.TEST_RUNS,
  BELAY_TOKENS: JSON.stringify(Object.fromEntries(ROLES.map((role) => [tokenOf(role), [role]]))),
}

function tokenOf(role: Role): string {
  return `the-token-of-role-${role}`
}

/** "POST /v1/runs/a", with `body` as JSON. */
export async function ask(line: string, { body, role, headers }: Ask = {}): Promise<Answer> {
  const [method = "", path = ""] = line.split(" ")
  const request = new Request(`http://belay${path}`, {
    method,
    headers: { authorization: `Bearer ${tokenOf(role ?? "operate")}`, ...headers },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const response = await worker.fetch(request, environment, createExecutionContext())
  const text = await response.text()
  const answered: unknown = text === "" ? undefined : JSON.parse(text)
  const { error } = Object(answered) as { error?: { code?: string; message?: string } }
  return {
    status: response.status,
    body: answered,
    code: error?.code,
    message: error?.message ?? "",
  }
}
