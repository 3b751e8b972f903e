// Server process: the floor, or a relay before one of the ledgers, in a process of its own.

import { EmbeddedLedger, IN_MEMORY } from "../../../src/relay/embedded/embedded-ledger.ts"
import type { LedgerBackend } from "../../../src/relay/ledger-backend.ts"
import { Relay } from "../../../src/relay/relay.ts"
import { resolveReplicaAddresses } from "../../../src/relay/tigerbeetle/replica-addresses.ts"
import { openTigerBeetle } from "../../../src/relay/tigerbeetle/tigerbeetle-ledger.ts"
import { startFloor } from "./floor-server.ts"
import { openInstantLedger } from "./instant-ledger.ts"
import type { BenchKey, ServerAnswer, ServerKind, ServerQuestion } from "./messages.ts"
import { answerQuestions, cpuTimeMs } from "./bench-process.ts"

answerQuestions<ServerQuestion, ServerAnswer>(async (question) => {
  if (question.ask === "cpu") return { answer: "cpu", cpuMs: cpuTimeMs() }
  const { kind, key, path } = question
  const port = kind === "floor" ? await startFloor(key) : await startRelay(kind, key, path)
  return { answer: "started", port }
})

async function startRelay(
  kind: Exclude<ServerKind, "floor">,
  key: BenchKey,
  path: string,
): Promise<number> {
  const ledger = await openLedger(kind, path)
  const relay = await Relay.start({ ledger, keys: new Map([[key.id, key.secret]]) })
  return relay.port
}

async function openLedger(
  kind: Exclude<ServerKind, "floor">,
  path: string,
): Promise<LedgerBackend> {
  switch (kind) {
    case "instant":
      return openInstantLedger()
    case "memory":
      return new EmbeddedLedger({ path: IN_MEMORY })
    case "file":
      return new EmbeddedLedger({ path })
    case "tigerbeetle":
      return openTigerBeetle({
        clusterId: BigInt(process.env["TB_CLUSTER_ID"] ?? "0"),
        addresses: await resolveReplicaAddresses(process.env["TB_ADDRESS"] ?? ""),
      })
  }
}
