// Liveness: whether a world that was treated badly still does what it is for.
// Owns: the questions: both answer, and a run that needs the relay and the database comes to its end.

import { createHash } from "node:crypto"
import { JsonClient } from "../support/json-client.ts"
import type { FuzzWorld } from "./fuzz-world.ts"

/** What is wrong with it; `undefined` when nothing is. @param name another one each time */
export async function liveness(world: FuzzWorld, name: string): Promise<string | undefined> {
  const client = new JsonClient(`http://127.0.0.1:${world.port}`)
  const health = await client.get("/healthz")
  if (health.status !== 200) return `/healthz answers ${health.status}`
  const digest = createHash("sha256").update(name).digest("hex")
  const uuid = [8, 12, 16, 20, 32].reduce(
    ({ parts, from }, to) => ({ parts: [...parts, digest.slice(from, to)], from: to }),
    { parts: [] as string[], from: 0 },
  )
  const headers = { authorization: `Bearer ${world.tokens.operate}` }
  const made = await client.put(`/accounts/${uuid.parts.join("-")}`, undefined, headers)
  if (made.status === 200 || made.status === 201) return undefined
  return `a new account is answered ${made.status} ${JSON.stringify(made.body)}`
}
