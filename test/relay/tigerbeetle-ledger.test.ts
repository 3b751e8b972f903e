// What the relay makes of the native client's answers and errors, with a client in the test's hands.
// The client's own errors are used: what it really does is shown in `native-client.test.ts`.
import { type Client, ErrorCodes, RequestError } from "tigerbeetle-node"
import { expect, test } from "vitest"
import { LedgerError } from "../../src/ledger/errors.ts"
import { TigerBeetleLedger } from "../../src/relay/tigerbeetle/tigerbeetle-ledger.ts"

const TRANSFER = {
  id: 9n,
  debit_account_id: 1n,
  credit_account_id: 2n,
  amount: 1n,
  ledger: 1,
  code: 1,
}

const CREATED = 2 ** 32 - 1

const CODES = ErrorCodes

/** A ledger whose clients are made of these methods, newest last, and a clock that the test moves. */
function givenLedger(methods: Partial<Client> = {}) {
  const clients: { destroyed: boolean }[] = []
  const clock = { nowMs: 0 }
  const failing = { toMake: false }
  const createClient = (): Client => {
    if (failing.toMake) throw new Error("Failed to reserve system resources.")
    const state = { destroyed: false }
    clients.push(state)
    const unexpected = (name: string) => () => Promise.reject(new Error(`${name} was called`))
    return {
      createAccounts: unexpected("createAccounts"),
      createTransfers: unexpected("createTransfers"),
      lookupAccounts: unexpected("lookupAccounts"),
      lookupTransfers: unexpected("lookupTransfers"),
      getAccountTransfers: unexpected("getAccountTransfers"),
      getAccountBalances: unexpected("getAccountBalances"),
      queryAccounts: unexpected("queryAccounts"),
      queryTransfers: unexpected("queryTransfers"),
      destroy: () => {
        state.destroyed = true
      },
      ...methods,
    }
  }
  const ledger = new TigerBeetleLedger(
    { createClient, ErrorCodes, RequestError },
    { clusterId: 0n, addresses: ["127.0.0.1:1"], nowMs: () => clock.nowMs },
  )
  return { ledger, clients, clock, failing }
}

/** Fails as the client does with what it has handed to its own thread: in a later turn. */
function failingLater(error: Error): () => Promise<never> {
  return () => new Promise((_resolve, reject) => setImmediate(() => reject(error)))
}

/** The error of a call that must fail. */
async function failureOf(call: Promise<unknown>): Promise<LedgerError> {
  try {
    await call
  } catch (error) {
    if (error instanceof LedgerError) return error
    throw error
  }
  throw new Error("it did not fail")
}

/** Every way to ask a ledger without changing it. */
function readsOf(ledger: TigerBeetleLedger): (() => Promise<unknown>)[] {
  const filter = { account_id: 1n, limit: 1 }
  return [
    () => ledger.lookupAccounts([1n]),
    () => ledger.lookupTransfers([1n]),
    () => ledger.getAccountTransfers(filter),
    () => ledger.getAccountBalances(filter),
    () => ledger.queryAccounts({ limit: 1 }),
    () => ledger.queryTransfers({ limit: 1 }),
  ]
}

function reading(read: () => Promise<never>): Partial<Client> {
  return {
    lookupAccounts: read,
    lookupTransfers: read,
    getAccountTransfers: read,
    getAccountBalances: read,
    queryAccounts: read,
    queryTransfers: read,
  }
}

const ENDS = [
  CODES.ERR_CLIENT_EVICTED,
  CODES.ERR_CLIENT_CLOSED,
  CODES.ERR_CLIENT_RELEASE_TOO_LOW,
  CODES.ERR_CLIENT_RELEASE_TOO_HIGH,
]

test.for(ENDS)("a write that was under way when the session ended is unknown: %s", async (code) => {
  const fail = failingLater(new RequestError(code))
  const { ledger } = givenLedger({ createAccounts: fail, createTransfers: fail })
  const account = { id: 1n, ledger: 1, code: 1 }
  expect(await failureOf(ledger.createTransfers([TRANSFER]))).toMatchObject({
    code: "ledger_unknown",
    submitted: true,
  })
  const other = givenLedger({ createAccounts: fail }).ledger
  expect(await failureOf(other.createAccounts([account]))).toMatchObject({
    code: "ledger_unknown",
    submitted: true,
  })
})

test.for(ENDS)("a read that was under way then changed nothing: %s", async (code) => {
  const { ledger } = givenLedger(reading(failingLater(new RequestError(code))))
  // All at once: the first failure ends the session for those that come later.
  for (const read of readsOf(ledger).map((ask) => ask())) {
    expect(await failureOf(read)).toMatchObject({
      code: "ledger_unavailable",
      submitted: false,
    })
  }
})

test("a write that an ended client refuses at once was certainly not submitted", async () => {
  const { ledger } = givenLedger({
    createTransfers: () => Promise.reject(new RequestError(CODES.ERR_CLIENT_CLOSED)),
  })
  expect(await failureOf(ledger.createTransfers([TRANSFER]))).toMatchObject({
    code: "ledger_unavailable",
    submitted: false,
  })
})

test("too much for one request is the program's mistake, whenever the client notices", async () => {
  const error = new RequestError(CODES.ERR_TOO_MUCH_DATA)
  for (const fail of [() => Promise.reject(error), failingLater(error)]) {
    const { ledger, clients } = givenLedger({ createTransfers: fail, queryTransfers: fail })
    for (const call of [
      () => ledger.createTransfers([TRANSFER]),
      () => ledger.queryTransfers({ limit: 8_190 }),
    ]) {
      expect(await failureOf(call())).toMatchObject({ code: "ledger_invalid", submitted: false })
    }
    expect(clients).toHaveLength(1)
  }
})

test("an argument the client refuses is a mistake; an answer it cannot hand over is not", async () => {
  const error = new Error("id must be positive")
  const early = givenLedger({ createTransfers: () => Promise.reject(error) }).ledger
  expect(await failureOf(early.createTransfers([TRANSFER]))).toMatchObject({
    code: "ledger_invalid",
    cause: error,
  })
  const late = givenLedger({
    createTransfers: failingLater(error),
    lookupTransfers: failingLater(error),
  }).ledger
  expect(await failureOf(late.createTransfers([TRANSFER]))).toMatchObject({
    code: "ledger_unknown",
  })
  expect(await failureOf(late.lookupTransfers([1n]))).toMatchObject({
    code: "ledger_unavailable",
  })
})

test("answers of another length, or with a status that has no name, leave the outcome unknown", async () => {
  const created = { timestamp: 1n, status: CREATED }
  for (const results of [[], [created, created], [{ timestamp: 1n, status: 60_000 }]]) {
    const { ledger } = givenLedger({ createTransfers: async () => results })
    expect(await failureOf(ledger.createTransfers([TRANSFER]))).toMatchObject({
      code: "ledger_unknown",
      submitted: true,
    })
  }
  const { ledger } = givenLedger({ createTransfers: async () => [created] })
  expect(await ledger.createTransfers([TRANSFER])).toMatchObject([{ status: "created" }])
})

test("an ended session is replaced by the next call that needs one, and its client is not destroyed", async () => {
  const evicted = failingLater(new RequestError(CODES.ERR_CLIENT_EVICTED))
  const { ledger, clients, clock } = givenLedger({ createTransfers: evicted })
  clock.nowMs = 3_600_000
  const both = [ledger.createTransfers([TRANSFER]), ledger.createTransfers([TRANSFER])]
  for (const call of both) expect(await failureOf(call)).toMatchObject({ submitted: true })
  // Time passes and nobody asks: no session is opened.
  clock.nowMs += 3_600_000
  expect([clients.length, ledger.generation]).toEqual([1, 1])
  await failureOf(ledger.lookupAccounts([1n]))
  expect([clients.length, ledger.generation]).toEqual([2, 2])
  // To destroy an evicted client would abort the process.
  expect(clients.map(({ destroyed }) => destroyed)).toEqual([false, false])
})

test("sessions that end soon are replaced less and less often: 5 s, 10 s, 20 s, 40 s, then each minute", async () => {
  const evicted = failingLater(new RequestError(CODES.ERR_CLIENT_EVICTED))
  const { ledger, clients, clock } = givenLedger({ lookupAccounts: evicted })
  const madeAtSeconds = [0]
  for (let second = 0; second <= 260; second += 1) {
    clock.nowMs = second * 1_000
    const before = clients.length
    const error = await failureOf(ledger.lookupAccounts([1n]))
    expect(error).toMatchObject({ code: "ledger_unavailable" })
    if (clients.length > before) madeAtSeconds.push(second)
  }
  expect(madeAtSeconds).toEqual([0, 5, 15, 35, 75, 135, 195, 255])
  // One that lasted a minute is replaced at once.
  clock.nowMs += 60_000
  await failureOf(ledger.lookupAccounts([1n]))
  const count = clients.length
  clock.nowMs += 60_000
  await failureOf(ledger.lookupAccounts([1n]))
  expect(clients.length).toBe(count + 1)
})

test("while no session can be opened, calls fail as not submitted and the next try waits", async () => {
  const evicted = failingLater(new RequestError(CODES.ERR_CLIENT_EVICTED))
  const { ledger, clients, clock, failing } = givenLedger({ lookupAccounts: evicted })
  await failureOf(ledger.lookupAccounts([1n]))
  failing.toMake = true
  clock.nowMs = 5_000
  for (const message of ["Failed to reserve system resources.", "10000 ms"]) {
    const error = await failureOf(ledger.createTransfers([TRANSFER]))
    expect(error).toMatchObject({ code: "ledger_unavailable", submitted: false })
    expect(error.message).toContain(message)
  }
  failing.toMake = false
  clock.nowMs = 15_000
  await failureOf(ledger.lookupAccounts([1n]))
  expect([clients.length, ledger.generation]).toEqual([2, 2])
})

test("what a version that does not fit means is said", async () => {
  const told = async (code: (typeof ENDS)[number]) => {
    const { ledger } = givenLedger({ lookupAccounts: failingLater(new RequestError(code)) })
    return (await failureOf(ledger.lookupAccounts([1n]))).message
  }
  expect(await told(CODES.ERR_CLIENT_RELEASE_TOO_LOW)).toContain("upgrade the relay")
  expect(await told(CODES.ERR_CLIENT_RELEASE_TOO_HIGH)).toContain("upgrade the replicas first")
})

test("a client that lives is destroyed once when the ledger is closed, and asked nothing more", async () => {
  const never = new Promise<never>(() => undefined)
  const { ledger, clients } = givenLedger({ lookupAccounts: () => never })
  ledger.close()
  ledger.close()
  expect(await failureOf(ledger.createTransfers([TRANSFER]))).toMatchObject({
    code: "ledger_unavailable",
  })
  await expect.poll(() => clients).toEqual([{ destroyed: true }])
})

test("a client that was evicted in silence is not destroyed when the ledger is closed", async () => {
  const { ledger, clients } = givenLedger({
    lookupAccounts: () => Promise.reject(new RequestError(CODES.ERR_CLIENT_CLOSED)),
  })
  ledger.close()
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(clients).toEqual([{ destroyed: false }])
})
