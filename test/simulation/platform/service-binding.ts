// Service binding: something outside that steps call: a bank, a mailer, another company's API.
// Owns: what can happen to such a call. A service does its work in the instant the request arrives, whole.

import type { Outside, Service } from "../words.ts"
import { Call } from "./call.ts"
import { connectionLost } from "./platform-errors.ts"
import type { Stage } from "./stage.ts"

const SLOW_MS_MAX = 120_000

export function serviceBinding(stage: Stage, name: string, service: Service): Outside {
  return {
    call(request) {
      const call = new Call(stage, name, [request])
      call.caller.send(() => dispatch(stage, call, name, service))
      return call.answer
    },
  }
}

function dispatch(stage: Stage, call: Call, name: string, service: Service): void {
  const { agenda, clock, faults } = stage
  if (faults.happens("serviceLost")) {
    // Lost on its way there, as a library says it or as the platform does; or below, on its way back.
    return call.fail(faults.upTo(1) === 0 ? connectionLost() : new Error(`${name}: fetch failed`))
  }
  const slowMs = faults.happens("serviceSlow") ? faults.upTo(SLOW_MS_MAX) : 0
  agenda.add({
    dueMs: clock.elapsedMs + slowMs + call.latencyMs(),
    isDropped: () => false,
    happen: () => arrive(stage, call, name, service),
  })
}

function arrive(stage: Stage, call: Call, name: string, service: Service): void {
  const { clock, faults, trace } = stage
  let came = "down"
  if (faults.happens("serviceFails")) call.fail(new Error(`${name} is down`))
  else came = serve(stage, call, name, service)
  trace.line(`${clock.elapsedMs} ${name} for ${call.caller.label}: ${came}`)
}

function serve(stage: Stage, call: Call, name: string, service: Service): string {
  const { faults } = stage
  try {
    const answer = service(call.input[0])
    if (faults.happens("serviceSilent")) return "served, never answers"
    if (faults.happens("serviceLost")) call.fail(connectionLost())
    else call.succeed(answer)
    return "served"
  } catch (error) {
    // A check that stands in a service does not speak to its caller.
    if (error instanceof Error && error.name === "BrokenPromise") stage.find(error)
    call.fail(error instanceof Error ? error : new Error(`${name}: ${String(error)}`))
    return "refused"
  }
}
