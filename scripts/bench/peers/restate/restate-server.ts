// Restate server: the engine's own process, from the binary that its package brings.
// Owns: its settings: the defaults, but on loopback, quiet, and in the peer's folder.

import { createRequire } from "node:module"
import { arch, platform } from "node:os"
import { join } from "node:path"
import { waitUntil } from "../../../support/wait-until.ts"
import { Child } from "../support/child.ts"

const START_MS_MAX = 60_000

export interface RestatePorts {
  readonly ingress: number
  readonly admin: number
  readonly node: number
  readonly handlers: number
}

/** The binary for this machine; `undefined` where the package has none. */
export function restateBinary(): string | undefined {
  const file = `@restatedev/restate-server-${platform()}-${arch()}/bin/restate-server`
  try {
    return createRequire(import.meta.url).resolve(file)
  } catch {
    return undefined
  }
}

export async function startRestate(
  binary: string,
  folder: string,
  ports: RestatePorts,
): Promise<Child> {
  const child = new Child(
    binary,
    ["--no-logo", "--node-name", "bench", "--base-dir", join(folder, "restate-data")],
    {
      folder,
      env: {
        ...process.env,
        RESTATE_BIND_IP: "127.0.0.1",
        RESTATE_BIND_PORT: String(ports.node),
        RESTATE_LISTEN_MODE: "tcp",
        RESTATE_INGRESS__BIND_PORT: String(ports.ingress),
        RESTATE_ADMIN__BIND_PORT: String(ports.admin),
        RESTATE_DISABLE_TELEMETRY: "true",
        RUST_LOG: "error",
      },
    },
  )
  for (const url of [`${adminUrl(ports)}/health`, `${ingressUrl(ports)}/restate/health`]) {
    await waitUntil(`Restate at ${url}`, START_MS_MAX, async () => {
      if (child.hasEnded) return "ended"
      return (await fetch(url)).ok || undefined
    })
    if (child.hasEnded) throw new Error("Restate's server has ended; see above for what it said.")
  }
  return child
}

/** Makes the handlers known; Restate remembers them over its restarts. */
export async function registerHandlers(ports: RestatePorts): Promise<void> {
  const response = await fetch(`${adminUrl(ports)}/deployments`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ uri: `http://127.0.0.1:${ports.handlers}` }),
  })
  if (!response.ok) {
    throw new Error(`Restate refused the handlers: ${response.status} ${await response.text()}`)
  }
}

export function ingressUrl({ ingress }: RestatePorts): string {
  return `http://127.0.0.1:${ingress}`
}

function adminUrl({ admin }: RestatePorts): string {
  return `http://127.0.0.1:${admin}`
}
