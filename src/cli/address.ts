// Address: where Belay answers and with which token.
// Owns: what is read of the environment and of the token's file.
//   A1. The token is no argument: whoever may list processes would read it.

import { UsageError } from "./exit-code.ts"
import { readText, type Given } from "./given.ts"

const URL_DEFAULT = "http://127.0.0.1:8787"

/** What a header can carry. */
const TOKEN = /^[\u0021-\u007e]+$/

export interface Address {
  readonly url: string
  readonly token: string | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

/** @throws UsageError */
export function readAddress(given: Given, env: Environment): Address {
  const url = given.text("url") ?? (env["BELAY_URL"] || URL_DEFAULT)
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || !["http:", "https:"].includes(parsed.protocol)) {
    throw new UsageError(`"${url}" is no address; it is written ${URL_DEFAULT}.`)
  }
  if (parsed.username !== "" || parsed.password !== "") {
    throw new UsageError("The address has a name or password in it; a token goes into BELAY_TOKEN.")
  }
  return { url, token: readToken(given, env) }
}

function readToken(given: Given, env: Environment): string | undefined {
  const file = given.text("token-file")
  const token = file === undefined ? env["BELAY_TOKEN"] || undefined : readText(file).trim()
  if (token === undefined || TOKEN.test(token)) return token
  const where = file ?? "BELAY_TOKEN"
  throw new UsageError(`What ${where} has is no token: it is empty, or has signs no token has.`)
}
