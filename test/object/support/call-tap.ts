// Call tap: the environment of a run object whose calls to the outside are counted, and at which it can die.
// Owns: the wrappers around D1, the account objects, the relay and the tests' effects.

import type { Watch } from "./watch.ts"

export type Call = <T>(work: () => Promise<T>) => Promise<T>

/** Counts a call, and dies before or after it where the test has planned it. */
export function watchedCall(ctx: DurableObjectState, watch: Watch): Call {
  return async (work) => {
    const number = ++watch.calls
    if (watch.isDue("call", number, "before")) ctx.abort(`before call ${number}`)
    await watch.onCall?.()
    const result = await work()
    if (watch.isDue("call", number, "after")) ctx.abort(`after call ${number}`)
    return result
  }
}

export function tapCalls(
  ctx: DurableObjectState,
  env: Cloudflare.Env,
  watch: Watch,
): Cloudflare.Env {
  const call = watchedCall(ctx, watch)
  return {
    ...env,
    DB: tapDatabase(env.DB, call),
    ACCOUNTS: tapNamespace(env.ACCOUNTS, call),
    EFFECTS: tapNamespace(env.EFFECTS, call),
    // Messages of the outbox: to children, to parents.
    TEST_RUNS: tapNamespace(env.TEST_RUNS, call),
    // And to limiters.
    TEST_LIMITS: tapNamespace(env.TEST_LIMITS, call),
    ...(env.BELAY_RELAY_URL === undefined
      ? {}
      : { BELAY_RELAY_URL: tapRelay(env.BELAY_RELAY_URL, call) }),
  }
}

const STATEMENT_CALLS = new Set<string | symbol>(["run", "all", "first", "raw"])
const rawStatements = new WeakMap<object, D1PreparedStatement>()

function tapDatabase(database: D1Database, call: Call): D1Database {
  return new Proxy(database, {
    get(target, name) {
      if (name === "prepare") return (text: string) => tapStatement(target.prepare(text), call)
      if (name === "batch") {
        return (statements: D1PreparedStatement[]) =>
          call(() => target.batch(statements.map((each) => rawStatements.get(each) ?? each)))
      }
      return boundMember(target, name)
    },
  })
}

function tapStatement(statement: D1PreparedStatement, call: Call): D1PreparedStatement {
  const tapped = new Proxy(statement, {
    get(target, name) {
      if (name === "bind") {
        return (...values: unknown[]) => tapStatement(target.bind(...values), call)
      }
      const member = boundMember(target, name)
      if (!STATEMENT_CALLS.has(name) || typeof member !== "function") return member
      return (...input: unknown[]) =>
        call(() => (member as (...input: unknown[]) => Promise<unknown>)(...input))
    },
  })
  rawStatements.set(tapped, statement)
  return tapped
}

export function tapNamespace<N extends object>(namespace: N, call: Call): N {
  return new Proxy(namespace, {
    get(target, name) {
      const member = boundMember(target, name)
      if (name !== "get" && name !== "getByName") return member
      return (...input: unknown[]) =>
        tapStub((member as (...input: unknown[]) => object)(...input), call)
    },
  })
}

function tapStub(stub: object, call: Call): object {
  return new Proxy(stub, {
    get(target, name) {
      const method = Reflect.get(target, name) as unknown
      if (typeof method !== "function") return method
      // A method of a stub is itself a stub: it must be called on its object.
      return (...input: unknown[]) =>
        call(
          () =>
            (target as Record<string | symbol, (...input: unknown[]) => Promise<unknown>>)[name]?.(
              ...input,
            ) ?? Promise.reject(new Error(`The stub has no method ${String(name)}.`)),
        )
    },
  })
}

function boundMember(target: object, name: string | symbol): unknown {
  const member = Reflect.get(target, name) as unknown
  return typeof member === "function" ? (member.bind(target) as unknown) : member
}

/** Above port 80, which an address leaves out: the object that got it would find no relay. */
const ALIAS_PORT_MIN = 1_024

const relayCalls = new Map<string, { readonly url: string; readonly call: Call }>()
const taps = new WeakSet<typeof fetch>()

/** Gives an address of its own to each object: by it a call to the relay shows whose it is. */
function tapRelay(url: string, call: Call): string {
  // For each object anew: a test that spied on `fetch` when it was tapped has taken the tap away with its spy.
  if (!taps.has(globalThis.fetch)) globalThis.fetch = tapFetch(globalThis.fetch)
  const alias = `http://127.0.0.1:${ALIAS_PORT_MIN + relayCalls.size}`
  relayCalls.set(alias, { url, call })
  return alias
}

function tapFetch(plainFetch: typeof fetch): typeof fetch {
  const tap: typeof fetch = (input, init) => {
    const { origin, pathname } = new URL(input instanceof Request ? input.url : String(input))
    const tapped = relayCalls.get(origin)
    if (tapped === undefined) return plainFetch(input, init)
    return tapped.call(() => plainFetch(`${tapped.url}${pathname}`, init))
  }
  taps.add(tap)
  return tap
}
