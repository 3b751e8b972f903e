// Floor: the least a gateway in Node can do with the same requests.
// It reads the body, checks the same signature in constant time, parses the JSON and answers a result for each event.
// It checks no field, makes no number of a decimal, remembers no nonce, has no deadline and signs nothing.

import {
  createHash,
  createHmac,
  createSecretKey,
  type KeyObject,
  timingSafeEqual,
} from "node:crypto"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import {
  AUDIENCE_HEADER,
  NONCE_HEADER,
  requestText,
  SIGNATURE_HEADER,
  TIME_HEADER,
} from "../../../src/ledger/signature.ts"
import { transferOutcome } from "../../../src/ledger/status-outcome.ts"
import type { BenchKey } from "./messages.ts"

export async function startFloor(key: BenchKey): Promise<number> {
  const secret = createSecretKey(key.secret, "utf8")
  const server = createServer((request, response) => {
    const chunks: Buffer[] = []
    request.on("data", (chunk: Buffer) => chunks.push(chunk))
    request.on("end", () => answer(request, Buffer.concat(chunks), response, secret))
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return (server.address() as AddressInfo).port
}

const CREATED = {
  ...transferOutcome("created", 0n),
  timestamp: `${BigInt(Date.now()) * 1_000_000n}`,
}

function answer(
  request: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
  secret: KeyObject,
): void {
  if (!isSigned(request, body, secret)) {
    response.statusCode = 401
    response.end()
    return
  }
  const { transfers } = JSON.parse(body.toString()) as { transfers: unknown[] }
  const results = Buffer.from(JSON.stringify({ outcomes: transfers.map(() => CREATED) }))
  response.setHeader("content-type", "application/json")
  response.setHeader("content-length", results.length)
  response.end(results)
}

function isSigned({ url, headers }: IncomingMessage, body: Buffer, secret: KeyObject): boolean {
  const text = requestText({
    method: "POST",
    path: url ?? "",
    audience: String(headers[AUDIENCE_HEADER]),
    timeMs: Number(headers[TIME_HEADER]),
    nonce: String(headers[NONCE_HEADER]),
    bodyHash: createHash("sha256").update(body).digest("hex"),
  })
  const expected = createHmac("sha256", secret).update(text).digest()
  const given = Buffer.from(String(headers[SIGNATURE_HEADER]), "hex")
  return given.length === expected.length && timingSafeEqual(given, expected)
}
