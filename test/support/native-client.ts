// Native client: whether TigerBeetle's client can be made on this machine; no server is needed for that.
import { createClient } from "tigerbeetle-node"
import type { NotRun } from "../../scripts/test-summary.ts"

/** What is missed without it; `undefined` where it runs. */
export function nativeClientMissing(): NotRun | undefined {
  try {
    createClient({ cluster_id: 0n, replica_addresses: ["127.0.0.1:1"] }).destroy()
    return undefined
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return {
      title: `TigerBeetle's own client: it cannot be made on this machine: ${reason}`,
      unproven: "what the relay does with the real client while the cluster is away",
      how: "allow io_uring (the default seccomp profile of many container runtimes forbids it)",
    }
  }
}
