// Ask: requests whose answers have the shape that one system's contract gives them.
// Owns: the type of a body as its test reads it. Must not touch: how requests are sent (service.ts).

import { send, sendUntil, type Sent } from "./service.ts"

/** Each member is there where the contract says so; a test that reads another fails by reading `undefined`. */
export interface Asked<Body> {
  readonly status: number
  readonly body: Body
}

export async function ask<Body>(line: string, sent: Sent = {}): Promise<Asked<Body>> {
  return (await send(line, sent)) as unknown as Asked<Body>
}

/** Asks again until the answer is as wanted; the last answer in any case, for the test to judge. */
export async function askUntil<Body>(
  line: string,
  isWanted: (answer: Asked<Body>) => boolean,
): Promise<Asked<Body>> {
  const answer = await sendUntil(line, (sent) => isWanted(sent as unknown as Asked<Body>))
  return answer as unknown as Asked<Body>
}
