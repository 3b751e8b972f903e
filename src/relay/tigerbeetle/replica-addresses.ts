// The addresses of a TigerBeetle cluster, as its client wants them: numbers only, no host names.
// Owns: reading `TB_ADDRESS` and resolving its host names, once, at the start.
import { lookup } from "node:dns/promises"
import { isIP } from "node:net"

/** The client refuses more. */
const REPLICAS_MAX = 6

/**
 * Addresses as `ip:port` (or what stood there, when it needs no resolving).
 * @param text comma-separated: port, host, host:port, ip, ip:port or [v6]:port.
 * @throws Error naming the part that cannot be used.
 */
export async function resolveReplicaAddresses(text: string): Promise<string[]> {
  const parts = text
    .split(",")
    .map((part) => part.trim())
    .filter((part) => part !== "")
  if (parts.length === 0 || parts.length > REPLICAS_MAX) {
    throw new Error(`TB_ADDRESS: expected 1 to ${REPLICAS_MAX} addresses, got ${parts.length}.`)
  }
  return Promise.all(parts.map(resolve))
}

async function resolve(part: string): Promise<string> {
  if (/^[0-9]+$/.test(part)) return checkPort(part, part)
  const { host, port } = split(part)
  if (port !== undefined) checkPort(port, part)
  const address = isIP(host) === 0 ? await resolveHost(host) : host
  const shown = isIP(address) === 6 ? `[${address}]` : address
  return port === undefined ? shown : `${shown}:${port}`
}

function split(part: string): { host: string; port: string | undefined } {
  const bracketed = /^\[(?<host>[^\]]+)\](?::(?<port>[0-9]+))?$/.exec(part)?.groups
  const plain = /^(?<host>[^:[\]]+)(?::(?<port>[0-9]+))?$/.exec(part)?.groups
  const groups = bracketed ?? plain
  if (groups?.["host"] === undefined) {
    throw new Error(`TB_ADDRESS: "${part}" is not an address; give port, host:port or [v6]:port.`)
  }
  return { host: groups["host"], port: groups["port"] }
}

function checkPort(port: string, part: string): string {
  const number = Number(port)
  if (number < 1 || number > 65_535) {
    throw new Error(`TB_ADDRESS: "${part}" has port ${port}; expected 1..65535.`)
  }
  return port
}

async function resolveHost(host: string): Promise<string> {
  try {
    // Many machines know "localhost" as ::1 first, where a replica that listens on 127.0.0.1 is only silence.
    return (await lookup(host, { order: "ipv4first" })).address
  } catch (error) {
    throw new Error(`TB_ADDRESS: host "${host}" cannot be resolved.`, { cause: error })
  }
}
