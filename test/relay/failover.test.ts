// Several relays: which is asked first, what a failing one costs, and what is known in the end.
import { describe, expect, test } from "vitest"
import { patience } from "../../src/ledger/patience.ts"
import { FAILED_MS, RelayMarks } from "../../src/ledger/relay-choice.ts"
import { RelayLedger } from "../../src/ledger/relay-ledger.ts"
import { DEADLINE_HEADER } from "../../src/ledger/signature.ts"
import {
  after,
  ANSWER,
  answering,
  clientOf,
  CREATED,
  dead,
  deadAddress,
  failure,
  gone,
  hanging,
  idFor,
  impostor,
  type RelayDouble,
  refusing,
} from "./relay-doubles.ts"
import { KEY, startRelay } from "./relay-kit.ts"

const A = "https://a.example"
const B = "https://b.example"
const C = "https://c.example"
const URLS: [string, ...string[]] = [A, B, C]

describe("the order", () => {
  const first = (urls: readonly string[], id: number) =>
    new RelayMarks().order(urls, String(id))[0]?.url

  test("the same request goes to the same relay, and requests go to all of them alike", () => {
    const counts = new Map<string | undefined, number>()
    for (let id = 0; id < 3_000; id++) {
      const url = first(URLS, id)
      expect(first(URLS, id)).toBe(url)
      counts.set(url, (counts.get(url) ?? 0) + 1)
    }
    for (const url of URLS) {
      expect(counts.get(url)).toBeGreaterThan(900)
      expect(counts.get(url)).toBeLessThan(1_100)
    }
  })

  test("a relay taken out of the list moves only its own requests, in whatever order the list is", () => {
    for (let id = 0; id < 1_000; id++) {
      const url = first(URLS, id)
      expect(first([C, A, B], id)).toBe(url)
      if (url !== C) expect(first([A, B], id)).toBe(url)
    }
  })

  test("a relay that failed is asked last for some seconds; of several, the one that failed first", () => {
    let nowMs = 0
    const marks = new RelayMarks(() => nowMs)
    const key = String(idFor(URLS))
    marks.noteFailure(A)
    nowMs += 1_000
    marks.noteFailure(B)
    const failed = [
      { url: C, failed: false },
      { url: A, failed: true },
      { url: B, failed: true },
    ]
    expect(marks.order(URLS, key)).toEqual(failed)
    nowMs = FAILED_MS - 1
    expect(marks.order(URLS, key)).toEqual(failed)
    nowMs = FAILED_MS
    expect(marks.order(URLS, key)).toEqual([
      { url: A, failed: true },
      { url: C, failed: false },
      { url: B, failed: true },
    ])
  })

  test("a relay whose time has passed is still asked after those that answered, but for the one try", () => {
    let nowMs = 0
    const marks = new RelayMarks(() => nowMs)
    marks.noteFailure(B)
    nowMs = FAILED_MS
    const order = marks.order(URLS, String(idFor(URLS))).map(({ url }) => url)
    expect(order).toEqual([A, C, B])
  })

  test("where all failed, each is the first one in its turn, whatever the time", () => {
    let nowMs = 0
    const marks = new RelayMarks(() => nowMs)
    const key = String(idFor(URLS))
    for (const url of [B, A, C]) marks.noteFailure(url)
    for (const first of [B, A, C, B]) {
      expect(marks.order(URLS, key)[0]).toEqual({ url: first, failed: true })
      nowMs += 7 * FAILED_MS
      marks.noteFailure(first)
    }
  })

  test("when its time has passed, one request tries it, the others wait for what becomes of that", () => {
    let nowMs = 0
    const marks = new RelayMarks(() => nowMs)
    const key = String(idFor([A, B]))
    const firsts = () => [1, 2, 3].map(() => marks.order([A, B], key)[0]?.url)
    marks.noteFailure(A)
    expect(firsts()).toEqual([B, B, B])
    nowMs += FAILED_MS
    expect(firsts()).toEqual([A, B, B])
    nowMs += FAILED_MS
    expect(firsts()).toEqual([A, B, B])
    marks.noteAnswer(A)
    expect(firsts()).toEqual([A, A, A])
  })

  test("a request that would ask it second does not take the one try", () => {
    let nowMs = 0
    const marks = new RelayMarks(() => nowMs)
    marks.noteFailure(A)
    nowMs += FAILED_MS
    expect(marks.order([A, B], String(idFor([B, A])))[0]?.url).toBe(B)
    expect(marks.order([A, B], String(idFor([A, B])))[0]?.url).toBe(A)
  })
})

describe("two relays, the first of them out of order", () => {
  const old = { results: [] }
  test.each<[string, RelayDouble]>([
    ["dead", dead],
    ["dead without a word why", gone],
    ["answering 500", answering(500, { error: { code: "internal", message: "" } })],
    ["refusing for now", refusing(503, "draining", "It is about to end.")],
    ["overloaded", refusing(429, "overloaded", "")],
    ["answering in an old form", answering(200, old)],
    ["answering something that is no JSON", async () => new Response("<html>")],
    ["refusing this key", refusing(403, "forbidden", "no right")],
  ])("%s: the second answers, and is asked first from then on", async (_, first) => {
    const { asked, create } = clientOf({ [A]: first, [B]: ANSWER })
    expect(await create()).toMatchObject([{ status: "created" }])
    expect(await create()).toMatchObject([{ status: "created" }])
    expect(asked).toEqual([A, B, B])
  })

  test("forging an answer: the second one's answer counts", async () => {
    const forged = { ...CREATED, class: "rejected" }
    const body = JSON.stringify({ outcomes: [forged] })
    const { create } = clientOf({ [A]: async () => new Response(body), [B]: ANSWER })
    expect(await create()).toMatchObject([{ class: "success" }])
  })

  test("hanging: the first call waits its share of the time for it, the next ones not at all", async () => {
    const { asked, create } = clientOf({ [A]: hanging, [B]: ANSWER }, 600)
    const startedAtMs = performance.now()
    expect(await create()).toMatchObject([{ status: "created" }])
    const firstMs = performance.now() - startedAtMs
    expect(firstMs).toBeGreaterThanOrEqual(290)
    expect(firstMs).toBeLessThan(550)
    const againAtMs = performance.now()
    for (let call = 0; call < 5; call++) await create()
    expect(performance.now() - againAtMs).toBeLessThan(200)
    expect(asked).toEqual([A, B, B, B, B, B, B])
  })

  test("recovered: it is found so after some seconds, by one request", async () => {
    const relays = { [A]: gone, [B]: ANSWER }
    const { clock, asked, create } = clientOf(relays)
    await create()
    clock.nowMs += FAILED_MS
    relays[A] = ANSWER
    await create()
    await create()
    expect(asked).toEqual([A, B, A, A])
  })

  test("the failed one is asked after all when the other fails, too", async () => {
    const relays = { [A]: gone, [B]: ANSWER }
    const { asked, create } = clientOf(relays)
    await create()
    relays[A] = ANSWER
    relays[B] = dead
    expect(await create()).toMatchObject([{ status: "created" }])
    expect(asked).toEqual([A, B, B, A])
  })

  test("a relay that is slow but well keeps most of the time while the other one is failed", async () => {
    const { create, asked } = clientOf({ [A]: dead, [B]: after(900, ANSWER) }, 1_500)
    await create()
    expect(await create()).toMatchObject([{ status: "created" }])
    expect(asked).toEqual([A, B, B])
  })
})

describe("what is known in the end", () => {
  test("all dead: nothing was submitted, and the message names each relay", async () => {
    const { create } = clientOf({ [A]: dead, [B]: refusing(503, "stalled", "silent for 12 s") })
    const error = await failure(create())
    expect(error).toMatchObject({ code: "ledger_unavailable", submitted: false })
    expect(error.message).toContain(`relay ${A} could not be reached`)
    expect(error.message).toContain(`relay ${B} answered 503: silent for 12 s`)
  })

  test("one unknown among them: a write is unknown, a read is unavailable", async () => {
    const { create, ledger } = clientOf({ [A]: gone, [B]: dead })
    expect(await failure(create())).toMatchObject({ code: "ledger_unknown", submitted: true })
    expect(await failure(ledger.lookupAccounts([1n]))).toMatchObject({ code: "ledger_unavailable" })
    expect(await failure(ledger.fenceTransfer(1n))).toMatchObject({ code: "ledger_unknown" })
  })

  test("a request that can never be accepted is asked about once, unless a relay may have taken it", async () => {
    const refused = refusing(400, "invalid_request", "accounts[0].code: 0")
    const plain = clientOf({ [A]: refused, [B]: ANSWER })
    expect(await failure(plain.create())).toMatchObject({
      code: "ledger_invalid",
      nonRetryable: true,
      message: expect.stringContaining("accounts[0].code: 0") as string,
    })
    expect(plain.asked).toEqual([A])

    const after = clientOf({ [A]: gone, [B]: refused })
    expect(await failure(after.create())).toMatchObject({ code: "ledger_unknown" })
    expect(await failure(after.ledger.lookupAccounts([idFor([A, B])]))).toMatchObject({
      code: "ledger_invalid",
    })
  })

  test("a key without the right is for an operator to repair: nothing was submitted, the step may retry", async () => {
    const forbidden = refusing(403, "forbidden", "key test may not create_accounts")
    const { create } = clientOf({ [A]: forbidden, [B]: forbidden })
    const error = await failure(create())
    expect(error).toMatchObject({
      code: "ledger_not_configured",
      submitted: false,
      nonRetryable: false,
    })
    expect(error.message).toContain("key test may not create_accounts")
    const mixed = clientOf({ [A]: forbidden, [B]: dead })
    expect(await failure(mixed.create())).toMatchObject({ code: "ledger_unavailable" })
  })

  test("a caller that gives up is not the relay's fault, and no other relay is asked", async () => {
    const { asked, ledger, create } = clientOf({ [A]: hanging, [B]: ANSWER }, 10_000)
    const id = idFor([A, B])
    const signal = AbortSignal.timeout(50)
    const call = ledger.createAccounts([{ id, ledger: 1, code: 1 }], { signal })
    expect(await failure(call)).toMatchObject({ code: "ledger_unknown" })
    expect(asked).toEqual([A])
    void create().catch(() => undefined)
    await expect.poll(() => asked).toEqual([A, A])
  })
})

describe("time", () => {
  test("each relay hears how long its answer is waited for: nearly as long as the caller waits", async () => {
    const { create, requests } = clientOf({ [A]: hanging, [B]: hanging }, 1_000)
    const startedAtMs = Date.now()
    await failure(create())
    const deadlines = requests.map(({ headers }) => Number(headers[DEADLINE_HEADER]) - startedAtMs)
    const [first, second] = deadlines
    expect(first).toBeGreaterThanOrEqual(890)
    expect(first).toBeLessThan(1_000)
    expect(second).toBeGreaterThanOrEqual(890)
    expect(second).toBeLessThan(1_000)
  })

  test("a step is more patient with each attempt, to an end", () => {
    const { signal } = new AbortController()
    const waits = [1, 2, 3, 4, 50].map((attempt) => patience({ attempt, signal }).timeoutMs)
    expect(waits).toEqual([4_000, 8_000, 16_000, 16_000, 16_000])
    expect(patience({ attempt: 1, signal }).signal).toBe(signal)
  })

  test("a call's own time goes before the client's", async () => {
    const { ledger } = clientOf({ [A]: hanging }, 60_000)
    const error = await failure(ledger.lookupAccounts([1n], { timeoutMs: 50 }))
    expect(error.message).toContain("gave no answer within 50 ms")
  })

  test.each([
    ["ahead of", 90_000],
    ["behind", -90_000],
  ])("a relay whose clock is %s ours is named as such", async (word, offsetMs) => {
    const date = new Date(Date.now() + offsetMs).toUTCString()
    const unsigned: RelayDouble = async () => new Response("{}", { status: 401, headers: { date } })
    const error = await failure(clientOf({ [A]: unsigned }).create())
    expect(error.message).toMatch(new RegExp(`its clock is about (89|90|91) s ${word} this one`))
  })
})

describe("real relays", () => {
  const account = { ledger: 1, code: 1 }

  test("dead, silent, failing and forging ones beside a good one: the good one's answer, whoever is asked first", async () => {
    const { relay } = await startRelay()
    const body = JSON.stringify({ outcomes: [CREATED] })
    const bad = [
      await deadAddress(),
      await impostor(() => undefined),
      await impostor((_, response) => response.writeHead(500).end()),
      await impostor((_, response) => response.end(body)),
    ]
    for (const url of bad) {
      const ledger = new RelayLedger({ urls: [url, relay.url], key: KEY, timeoutMs: 400 })
      for (let id = 1n; id <= 8n; id++) {
        const [outcome] = await ledger.createAccounts([{ ...account, id }])
        expect(outcome).toMatchObject({ class: "success" })
        expect(outcome?.timestamp).toBeGreaterThan(5n)
      }
    }
  })

  test("the write happened and its reply was lost: the other relay knows, and the answer is definite", async () => {
    const { relay } = await startRelay()
    const cutting = await impostor((request, response) => {
      const chunks: Buffer[] = []
      request.on("data", (chunk: Buffer) => chunks.push(chunk))
      request.on("end", () => {
        const headers = Object.fromEntries(
          Object.entries(request.headers).filter(([name]) => name !== "host"),
        ) as Record<string, string>
        const init = { method: "POST", headers, body: Buffer.concat(chunks) }
        void fetch(relay.url + (request.url ?? ""), init).then(() => response.destroy())
      })
    })
    const urls: [string, string] = [cutting, relay.url]
    const id = idFor(urls)
    const ledger = new RelayLedger({ urls, key: KEY })
    expect(await ledger.createAccounts([{ ...account, id }])).toMatchObject([{ status: "exists" }])
    const alone = new RelayLedger({ urls: [cutting], key: KEY })
    const write = alone.createAccounts([{ ...account, id: id + 1n }])
    expect(await failure(write)).toMatchObject({ code: "ledger_unknown" })
    expect(await ledger.lookupAccounts([id + 1n])).toHaveLength(1)
  })
})
