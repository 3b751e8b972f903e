// Somebody who answers in the relay's place, without an end.
import { expect, test } from "vitest"
import { ANSWER_BYTES_MAX } from "../../src/ledger/limits.ts"
import { RelayLedger } from "../../src/ledger/relay-ledger.ts"
import { impostor } from "./relay-doubles.ts"
import { KEY } from "./relay-kit.ts"

test("an answer without end is read up to a limit, proves nothing, and its connection is closed", async () => {
  let sentBytes = 0
  const closed = Promise.withResolvers<void>()
  const url = await impostor((_, response) => {
    const piece = Buffer.alloc(64 * 1024, " ")
    response.on("close", closed.resolve)
    const send = () => {
      while (!response.destroyed && response.write(piece)) sentBytes += piece.length
      sentBytes += piece.length
    }
    response.on("drain", send)
    response.writeHead(200)
    send()
  })
  const ledger = new RelayLedger({ urls: [url], key: KEY })
  await expect(ledger.createAccounts([{ id: 1n, ledger: 1, code: 1 }])).rejects.toMatchObject({
    code: "ledger_unknown",
    message: expect.stringContaining(
      `answered with more than ${ANSWER_BYTES_MAX} bytes`,
    ) as unknown,
  })
  await closed.promise
  // What stood in the sockets' buffers comes on top.
  expect(sentBytes).toBeLessThan(4 * ANSWER_BYTES_MAX)
})
