// Auth: who calls, and what the caller may do.
// Owns: the secret `BELAY_TOKENS`, the comparison of tokens, the roles each route asks for, the free routes.
// Must not touch: bodies and runs.
//   A1. Fails closed: without usable tokens nothing is served, except on a declared development server.
//   A2. A presented token is compared with every known one, digest with digest, in constant time.
//   A3. Roles are decided by method and path alone, so a route added later is never open by omission.

import { BelayError } from "../engine/errors.ts"
import { tokenOfSocket } from "./socket-protocols.ts"

const ROLES = ["start", "read", "operate"] as const

type Role = (typeof ROLES)[number]

export interface Caller {
  /** May see stacks and promise tokens. */
  readonly privileged: boolean
  /** What else it may do; "operate" comes with all of them. */
  readonly roles: readonly Role[]
  /** How an operator's action is signed in the journal; never the token or a digest of it. */
  readonly name?: string
}

interface KnownToken {
  readonly digest: ArrayBuffer
  readonly roles: ReadonlySet<Role>
  readonly name: string
}

/** What is read of the Worker's variables and secrets. */
interface AuthEnvironment {
  readonly BELAY_DEV?: string
  readonly BELAY_TOKENS?: string
}

const ANONYMOUS: Caller = { privileged: false, roles: [] }
const DEVELOPER: Caller = { privileged: true, roles: ROLES, name: "development server" }

/** Pages and documents without data. The pages fetch what they show with the token a person gives them. */
const FREE_PATHS: ReadonlySet<string> = new Set(["/", "/buy", "/openapi.json"])

/** Tells a token its roles: any known one may ask, also one that has none. */
const ROLES_PATH = "/v1/roles"

/** Under it the token in the path is the right itself. */
const PROMISE_PATHS = "/v1/promises/"

/** Start, signal and update: what role `start` may do among the engine's own routes. */
const START_PATHS = /^\/v1\/runs\/[^/]+(?:\/(?:signals|updates)\/[^/]+)?$/

/** True where `BELAY_DEV` declares a development server. */
export function isDevelopment(env: Pick<AuthEnvironment, "BELAY_DEV">): boolean {
  return env.BELAY_DEV === "1"
}

export class Authenticator {
  #secret: string | undefined
  #tokens: Promise<readonly KnownToken[]> = Promise.resolve([])

  /**
   * Lets a request pass, or says why not.
   * @param path as it is routed, not decoded
   * @throws BelayError not_configured, unauthorized, forbidden
   */
  async admit(request: Request, path: string, env: AuthEnvironment): Promise<Caller> {
    if (path === "/healthz") return ANONYMOUS
    const tokens = await this.#knownTokens(env.BELAY_TOKENS)
    const isOpen = tokens.length === 0
    if (isOpen && !isDevelopment(env)) throw notConfigured(env.BELAY_TOKENS)
    if (isFree(request.method, path)) return ANONYMOUS
    if (isOpen) return DEVELOPER
    const token = await findToken(tokens, presentedToken(request))
    const role = requiredRole(request.method, path)
    if (role !== undefined && !token.roles.has(role) && !token.roles.has("operate")) {
      throw new BelayError(
        "forbidden",
        `${request.method} ${path} needs the role "${role}"; this token has ${[...token.roles].map((held) => `"${held}"`).join(", ") || "none"}.`,
        { role },
      )
    }
    const privileged = token.roles.has("operate")
    const roles = privileged ? ROLES : ROLES.filter((each) => token.roles.has(each))
    return { privileged, roles, name: token.name }
  }

  /** Digests are made once for each text of the secret; `fetch` is handed the same text every time. */
  #knownTokens(secret: string | undefined): Promise<readonly KnownToken[]> {
    if (secret !== this.#secret) {
      this.#secret = secret
      this.#tokens = Promise.all(
        readTokens(secret).map(async ([token, roles], index) => ({
          digest: await digestOf(token),
          roles,
          name: `token ${index + 1} of BELAY_TOKENS`,
        })),
      )
    }
    return this.#tokens
  }
}

/** The tokens of the secret; none when it is missing or malformed in any part. */
function readTokens(secret: string | undefined): readonly (readonly [string, ReadonlySet<Role>])[] {
  const parsed = parseObject(secret)
  if (parsed === undefined) return []
  const tokens: [string, ReadonlySet<Role>][] = []
  for (const [token, roles] of Object.entries(parsed)) {
    if (token === "" || !Array.isArray(roles) || !roles.every(isRole)) return []
    tokens.push([token, new Set(roles)])
  }
  return tokens
}

function parseObject(text: string | undefined): object | undefined {
  if (text === undefined) return undefined
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === "object" && value !== null && !Array.isArray(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isRole(value: unknown): value is Role {
  return ROLES.some((role) => role === value)
}

function isFree(method: string, path: string): boolean {
  return path.startsWith(PROMISE_PATHS) || (isReading(method) && FREE_PATHS.has(path))
}

function isReading(method: string): boolean {
  return method === "GET" || method === "HEAD"
}

/** `undefined` where any known token will do. */
function requiredRole(method: string, path: string): Role | undefined {
  if (isReading(method)) return path === ROLES_PATH ? undefined : "read"
  if (path.startsWith("/v1/")) {
    return method === "POST" && START_PATHS.test(path) ? "start" : "operate"
  }
  return method === "POST" || method === "PUT" ? "start" : "operate"
}

function presentedToken(request: Request): string {
  const header = request.headers.get("authorization") ?? ""
  const token = /^bearer +(\S+)$/i.exec(header)?.[1] ?? tokenOfSocket(request)
  if (token === undefined) {
    throw new BelayError(
      "unauthorized",
      'This route needs a token; send it as the header "Authorization: Bearer <token>".',
    )
  }
  return token
}

async function findToken(tokens: readonly KnownToken[], presented: string): Promise<KnownToken> {
  const digest = await digestOf(presented)
  let found: KnownToken | undefined
  for (const token of tokens) {
    if (crypto.subtle.timingSafeEqual(token.digest, digest)) found = token
  }
  if (found === undefined) {
    throw new BelayError(
      "unauthorized",
      "The token is not known here; ask whoever runs this server.",
    )
  }
  return found
}

function digestOf(token: string): Promise<ArrayBuffer> {
  return crypto.subtle.digest("SHA-256", new TextEncoder().encode(token))
}

function notConfigured(secret: string | undefined): BelayError {
  const cause =
    secret === undefined
      ? "The secret BELAY_TOKENS is not set"
      : "The secret BELAY_TOKENS is not what it should be"
  return new BelayError(
    "not_configured",
    `${cause}, so nothing is served. Set it to JSON like {"<token>": ["start", "read", "operate"]} with "wrangler secret put BELAY_TOKENS"; for development start the server with the variable BELAY_DEV=1.`,
  )
}
