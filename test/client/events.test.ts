// Events over a fake server: the text of the stream, and going on behind the last id over every kind of break.
import { describe, expect, onTestFinished, test, vi } from "vitest"
import { createClient } from "../../src/client/index.ts"
import { EventText } from "../../src/client/event-text.ts"
import {
  entry,
  eventText,
  fakeServer,
  refusal,
  run,
  stream,
  type Answer,
} from "./support/fake-server.ts"

const FIRST = eventText("1", "entry", entry("0"))
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

describe("a run at rest", () => {
  const AT_REST = stream([FIRST, ": the run is at rest\n\nretry: 5000\n\n"])

  /** A socket that does nothing by itself. */
  class FakeSocket extends EventTarget {
    readonly sent: string[] = []
    isClosed = false
    isOpen = false
    send(text: string): void {
      if (!this.isOpen) throw new Error("It is not open yet.")
      this.sent.push(text)
    }
    open(): void {
      this.isOpen = true
      this.dispatchEvent(new Event("open"))
    }
    close(): void {
      this.isClosed = true
    }
    say(data: string): void {
      this.dispatchEvent(Object.assign(new Event("message"), { data }))
    }
  }

  function given(answers: readonly Answer[], signal?: AbortSignal, opens = true) {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const server = fakeServer(...answers)
    const sockets: FakeSocket[] = []
    const opened: [string, readonly string[]][] = []
    const client = createClient({
      url: "http://belay/",
      token: "a (b)/c",
      fetch: server.fetch,
      webSocket: (url, protocols) => {
        const socket = new FakeSocket()
        opened.push([url, protocols])
        sockets.push(socket)
        if (opens) queueMicrotask(() => socket.open())
        return socket
      },
    })
    const told: string[] = []
    const watching = (async () => {
      for await (const event of client.events("a/b", { signal })) told.push(event.id)
    })()
    return { ...server, told, watching, sockets, opened }
  }

  test("is waited for over a socket, as long as that answers", async () => {
    const { asked, told, watching, sockets, opened } = given([AT_REST, stream([SECOND, END])])
    await vi.advanceTimersByTimeAsync(49_000)
    expect(asked).toHaveLength(1)
    expect(opened).toEqual([
      [
        "ws://belay/v1/runs/a%2Fb/events?lastEventId=1",
        ["belay.events", "belay.bearer.a%20%28b%29%2Fc"],
      ],
    ])
    expect(sockets[0]?.sent).toEqual(["ping"])
    await vi.advanceTimersByTimeAsync(7_000)
    await watching
    expect(told).toEqual(["1", "2", "3"])
  })

  test("rings with the first word that is no pong", async () => {
    const { asked, told, watching, sockets } = given([AT_REST, stream([SECOND, END])])
    for (let minute = 0; minute < 60; minute++) {
      await vi.advanceTimersByTimeAsync(20_000)
      sockets[0]?.say("pong")
    }
    expect(asked).toHaveLength(1)
    sockets[0]?.say("{}")
    await watching
    expect(sockets[0]?.isClosed).toBe(true)
    expect(asked.map(({ headers }) => headers.get("last-event-id"))).toEqual([null, "1"])
    expect(told).toEqual(["1", "2", "3"])
  })

  test.each(["close", "error"])(
    "is asked again after the pause on %s of the socket",
    async (how) => {
      const { asked, watching, sockets } = given([AT_REST, stream([END])])
      await vi.advanceTimersByTimeAsync(0)
      sockets[0]?.dispatchEvent(new Event(how))
      await vi.advanceTimersByTimeAsync(4_900)
      expect(asked).toHaveLength(1)
      await vi.advanceTimersByTimeAsync(200)
      await watching
      expect(asked).toHaveLength(2)
    },
  )

  test("is asked again after a socket that never opens", async () => {
    const { asked, watching } = given([AT_REST, stream([END])], undefined, false)
    await vi.advanceTimersByTimeAsync(29_000)
    expect(asked).toHaveLength(1)
    await vi.advanceTimersByTimeAsync(2_000)
    await watching
    expect(asked).toHaveLength(2)
  })

  test("is left at once by the caller's signal", async () => {
    const controller = new AbortController()
    const reason = new Error("left")
    const { watching, sockets } = given([AT_REST], controller.signal)
    await vi.advanceTimersByTimeAsync(60)
    controller.abort(reason)
    await expect(watching).rejects.toBe(reason)
    expect(sockets[0]?.isClosed).toBe(true)
  })

  test("is asked again after the pause where there are no sockets", async () => {
    vi.useFakeTimers()
    onTestFinished(() => void vi.useRealTimers())
    const watching = watched(AT_REST, stream([END]))
    await vi.advanceTimersByTimeAsync(5_100)
    expect((await watching).told).toEqual(["1 entry", "3 end"])
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
