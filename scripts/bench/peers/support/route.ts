// Route: which answer a question gets, with the HTTP status that goes with it.
// Pure, so that it stands in Node and in a Worker.

import type { Unsupported } from "../protocol.ts"
import type { Answers } from "./engine.ts"

export interface Routed {
  readonly status: number
  readonly body: unknown
}

type Body = Readonly<Record<string, unknown>>

interface Limited extends Answers {
  readonly stepsMax?: number
}

/** @param text the body of the request */
export async function route(
  answers: Limited,
  method: string,
  path: string,
  text: string,
): Promise<Routed> {
  try {
    const body = text === "" ? {} : (Object(JSON.parse(text)) as Body)
    const { stepsMax = Infinity } = answers
    for (const name of ["steps", "width"]) {
      if (Number(body[name]) <= stepsMax || body[name] === undefined) continue
      return refused(501, `More than ${stepsMax} steps in one run would take minutes.`)
    }
    return await ask(answers, `${method} ${path}`, body)
  } catch (error) {
    console.error(error)
    return refused(500, error instanceof Error ? error.message : String(error))
  }
}

function ask(answers: Answers, question: string, body: Body): Routed | Promise<Routed> {
  switch (question) {
    case "POST /four-steps":
      return resultOf(answers.fourSteps)
    case "POST /sequence":
      return resultOf(answers.sequence, count(body, "steps"), body["isAsync"] === true)
    case "POST /interrupted":
      return resultOf(answers.interrupted, count(body, "steps"))
    case "POST /sleepers":
      return resultOf(answers.sleepers, count(body, "count"), count(body, "sleepMs"))
    case "POST /fan-out":
      return resultOf(answers.fanOut, count(body, "width"), count(body, "stepMs"))
    case "POST /signal":
      return resultOf(answers.signal)
    default:
      return refused(404, `No question "${question}".`)
  }
}

async function resultOf<Arguments extends readonly unknown[]>(
  answer: ((...given: Arguments) => Promise<unknown>) | string,
  ...given: Arguments
): Promise<Routed> {
  if (typeof answer === "string") return refused(501, answer)
  return { status: 200, body: await answer(...given) }
}

function refused(status: number, reason: string): Routed {
  return { status, body: { reason } satisfies Unsupported }
}

function count(body: Body, name: string): number {
  const value = body[name]
  if (typeof value === "number" && Number.isInteger(value) && value >= 0) return value
  throw new Error(`${name}: expected a whole number, got ${JSON.stringify(value)}.`)
}
