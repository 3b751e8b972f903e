// Namespace: a binding of Durable Objects as a Worker's code sees it: ids, stubs, calls over RPC.
// Owns: what can happen to a call on its way to an object.

import { Call } from "./call.ts"
import { connectionLost, objectOverloaded } from "./platform-errors.ts"
import type { SimulatedObject } from "./simulated-object.ts"
import type { Stage } from "./stage.ts"

interface ObjectId {
  readonly name: string
  toString(): string
}

/** @param object finds the object of that name, or makes it. */
export function objectNamespace(stage: Stage, object: (name: string) => SimulatedObject): object {
  return {
    idFromName: (name: string): ObjectId => ({ name, toString: () => name }),
    get: ({ name }: ObjectId) => objectStub(stage, object, name),
  }
}

function objectStub(stage: Stage, object: (name: string) => SimulatedObject, name: string): object {
  return new Proxy(
    {},
    {
      get: (_, method) =>
        // What is looked for in a promise must not be found in a stub.
        typeof method !== "string" || method === "then"
          ? undefined
          : (...input: unknown[]) => {
              const call = new Call(stage, `${method}()`, input)
              call.caller.send(() => dispatch(stage, call, object(name), method))
              return call.answer
            },
    },
  )
}

/** It has left: from now on its caller's death does not stop it. */
function dispatch(stage: Stage, call: Call, object: SimulatedObject, method: string): void {
  const { agenda, clock, faults } = stage
  if (faults.happens("requestLost")) return call.fail(connectionLost())
  if (faults.happens("overloaded")) return call.fail(objectOverloaded())
  agenda.add({
    dueMs: clock.elapsedMs + call.latencyMs(),
    isDropped: () => false,
    happen: () => object.receive(call, method),
  })
}
