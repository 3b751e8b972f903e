// Address: where Belay answers and with which token.
// Owns: what is read of the environment and of the token's file.
//   A1. The token is no argument: whoever may list processes would read it.

import { UsageError } from "./exit-code.ts"
import { readText, type Given } from "./given.ts"

const HOST_DEFAULT = "http://127.0.0.1"
const PORT_DEFAULT = "8787"
const EXAMPLE = `${HOST_DEFAULT}:${PORT_DEFAULT}`

/** This machine: nobody listens on the way, so that no scheme has to be said. */
const OWN_MACHINE = /^(?:localhost|127(?:\.\d+){3}|\[::1\])(?=[:/]|$)/i

/** What a header can carry. */
const TOKEN = /^[\u0021-\u007e]+$/

export interface Address {
  readonly url: string
  readonly token: string | undefined
}

type Environment = Readonly<Record<string, string | undefined>>

/** @throws UsageError */
export function readAddress(given: Given, env: Environment): Address {
  const named = given.text("url") ?? (env["BELAY_URL"] || ownServer(env))
  const url = OWN_MACHINE.test(named) ? `http://${named}` : named
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed === undefined || !["http:", "https:"].includes(parsed.protocol)) {
    throw new UsageError(`"${url}" is no address; it is written ${EXAMPLE}, or https://….`)
  }
  if (parsed.search !== "" || parsed.hash !== "") {
    throw new UsageError(`"${url}" has more than an address in it: nothing stands behind ? or #.`)
  }
  if (parsed.username !== "" || parsed.password !== "") {
    throw new UsageError("The address has a name or password in it; a token goes into BELAY_TOKEN.")
  }
  return { url, token: readToken(given, env) }
}

/** Where `npm start` serves with the same environment. */
function ownServer({ PORT: port = "" }: Environment): string {
  if (port === "") return EXAMPLE
  if (/^\d{1,5}$/.test(port)) return `${HOST_DEFAULT}:${port}`
  throw new UsageError(`PORT is "${port}", no port; --url or BELAY_URL says where Belay is.`)
}

function readToken(given: Given, env: Environment): string | undefined {
  const file = given.text("token-file")
  const token = file === undefined ? env["BELAY_TOKEN"] || undefined : readText(file).trim()
  if (token === undefined || TOKEN.test(token)) return token
  const where = file ?? "BELAY_TOKEN"
  throw new UsageError(`What ${where} has is no token: it is empty, or has signs no token has.`)
}
