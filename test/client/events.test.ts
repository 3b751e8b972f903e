// Events over a fake server: the text of the stream, and going on behind the last id over every kind of break.
import { describe, expect, test } from "vitest"
import { createClient } from "../../src/client/index.ts"
import { EventText } from "../../src/client/event-text.ts"
import { eventText, fakeServer, refusal, run, stream, type Answer } from "./support/fake-server.ts"

const FIRST = eventText("1", "entry", { path: "0" })
const SECOND = eventText("2", "status", { status: "suspended", generation: 0 })
const END = eventText("3", "end", run({ result: 7 }))

async function watched(...answers: readonly Answer[]) {
  const server = fakeServer(...answers)
  const client = createClient({ url: "http://belay", fetch: server.fetch })
  const told: string[] = []
  for await (const event of client.events("r1")) told.push(`${event.id} ${event.event}`)
  const resumedFrom = server.asked.map(({ headers }) => headers.get("last-event-id"))
  return { told, resumedFrom }
}

describe("watching", () => {
  test("gives each event and ends with the run", async () => {
    const { told, resumedFrom } = await watched(stream([FIRST + SECOND, END]))
    expect(told).toEqual(["1 entry", "2 status", "3 end"])
    expect(resumedFrom).toEqual([null])
  })

  test.each(["ends", "breaks"] as const)(
    "goes on behind the last id where a stream %s",
    async (how) => {
      const { told, resumedFrom } = await watched(
        stream([FIRST], how),
        new TypeError("fetch failed"),
        stream(["retry: 1\n\n", SECOND.slice(0, 12)], how),
        stream([SECOND, END]),
      )
      expect(told).toEqual(["1 entry", "2 status", "3 end"])
      expect(resumedFrom).toEqual([null, "1", "1", "1"])
    },
  )

  test("204 is the end", async () => {
    const { told } = await watched(stream([FIRST]), new Response(null, { status: 204 }))
    expect(told).toEqual(["1 entry"])
  })

  test("begins behind the id it is given", async () => {
    const { asked, fetch } = fakeServer(stream([END]))
    const client = createClient({ url: "http://belay", fetch })
    for await (const event of client.events("r1", { lastEventId: "2" })) {
      expect(event.event).toBe("end")
    }
    expect(asked[0]?.headers.get("last-event-id")).toBe("2")
  })

  test("an answer that will not change is thrown", async () => {
    await expect(watched(refusal("run_unknown", 404))).rejects.toMatchObject({
      code: "run_unknown",
    })
  })

  test("the caller's signal ends it with its reason, whoever is silent", async () => {
    const { fetch } = fakeServer(stream([FIRST], "hangs"))
    const client = createClient({ url: "http://belay", fetch })
    const controller = new AbortController()
    const reason = new Error("left")
    const reading = (async () => {
      for await (const event of client.events("r1", { signal: controller.signal })) {
        expect(event.id).toBe("1")
        controller.abort(reason)
      }
    })()
    await expect(reading).rejects.toBe(reason)
  })

  test("who leaves the loop leaves the connection", async () => {
    const { asked, fetch } = fakeServer(stream([FIRST], "hangs"))
    const client = createClient({ url: "http://belay", fetch })
    for await (const event of client.events("r1")) {
      expect(event.id).toBe("1")
      break
    }
    expect(asked[0]?.signal?.aborted).toBe(true)
  })
})

describe("the text of a stream", () => {
  test("may be cut anywhere, with any end of line, with comments and fields nobody knows", () => {
    const whole =
      ": hello\r\nretry: 20\r\nid: 1\r\nevent: a\r\ndata: x\r\ndata:y\r\nfoo: bar\r\n\r\ndata\n\n: bye\n\n"
    for (let cut = 0; cut < whole.length; cut++) {
      const text = new EventText()
      const events = [...text.add(whole.slice(0, cut)), ...text.add(whole.slice(cut))]
      expect(events).toEqual([
        { id: "1", event: "a", data: "x\ny", retryMs: 20 },
        { id: "1", event: "message", data: "", retryMs: 20 },
      ])
    }
  })
})
