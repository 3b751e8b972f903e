// Export over a fake server: whole files, cut ones, lines that come in pieces.
import { expect, test } from "vitest"
import { createClient } from "../../src/client/index.ts"
import { fakeServer, refusal, stream, type Answer } from "./support/fake-server.ts"

const RUN = '{"type":"run","id":"r1"}'
const RECORD = '{"type":"record","record":{"name":"ä"}}'
const END = '{"type":"end","records":1}'

async function exported(answer: Answer): Promise<{ lines: string[]; thrown: unknown }> {
  const { fetch } = fakeServer(answer)
  const lines: string[] = []
  try {
    for await (const line of createClient({ url: "http://belay", fetch }).export("r1")) {
      lines.push(line)
    }
  } catch (thrown) {
    return { lines, thrown }
  }
  return { lines, thrown: undefined }
}

test("gives each line once, however the bytes are cut", async () => {
  const bytes = [...new TextEncoder().encode(`${RUN}\n${RECORD}\n${END}\n`)]
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      const byte = bytes.shift()
      if (byte === undefined) controller.close()
      else controller.enqueue(Uint8Array.of(byte))
    },
  })
  expect(await exported(() => new Response(body))).toEqual({
    lines: [RUN, RECORD, END],
    thrown: undefined,
  })
})

test.each([
  ["its server says so", stream([`${RUN}\n`, '{"type":"error","message":"the run went on"}\n'])],
  ["its end is missing", stream([`${RUN}\n`])],
  ["its last line is a piece", stream([`${RUN}\n{"type":"rec`])],
  ["the connection breaks", stream([`${RUN}\n`], "breaks")],
])("a file is cut when %s", async (_, answer) => {
  const { lines, thrown } = await exported(answer)
  expect(lines).toEqual([RUN])
  expect(thrown).toMatchObject({ code: "bad_answer" })
  expect(String(thrown)).toContain('The export of run "r1" is not whole')
})

test("what the run says is no end of the file", async () => {
  const record = '{"type":"record","record":{"text":"{\\"type\\":\\"end\\"}"}}'
  const { lines, thrown } = await exported(stream([`${RUN}\n${record}\n`]))
  expect(lines).toEqual([RUN, record])
  expect(thrown).toMatchObject({ code: "bad_answer" })
})

test("an unknown run is refused before anything comes", async () => {
  const { lines, thrown } = await exported(refusal("run_unknown", 404))
  expect(lines).toEqual([])
  expect(thrown).toMatchObject({ code: "run_unknown", status: 404 })
})
