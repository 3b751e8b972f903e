// A real TigerBeetle against the contract: the one at TB_ADDRESS (and TB_CLUSTER_ID, default 0), or else one of this
// test's own, where there is a program for it.
// Its statuses and flags are compared with our tables in any case: that needs the client's code, not a server.
import { setTimeout as sleep } from "node:timers/promises"
import * as TigerBeetle from "tigerbeetle-node"
import { afterAll, beforeAll, expect, test } from "vitest"
import { ACCOUNT_STATUSES } from "../../src/ledger/account-status.ts"
import { ChainLedger } from "../../src/ledger/chain-ledger.ts"
import { AccountFlags, TransferFlags } from "../../src/ledger/flags.ts"
import type { StatusFacts } from "../../src/ledger/outcome.ts"
import { TRANSFER_STATUSES } from "../../src/ledger/transfer-status.ts"
import { resolveReplicaAddresses } from "../../src/relay/tigerbeetle/replica-addresses.ts"
import { openTigerBeetle } from "../../src/relay/tigerbeetle/tigerbeetle-ledger.ts"
import { reportNotRun } from "../support/not-run.ts"
import {
  CLUSTER_START_TIMEOUT_MS,
  HOW_TO_RUN,
  RealCluster,
  tigerBeetleProgram,
} from "../support/real-tigerbeetle.ts"
import { describeLedger } from "./ledger-contract.ts"

const given = process.env["TB_ADDRESS"] || undefined
const missing = given === undefined && tigerBeetleProgram === undefined
let cluster: RealCluster | undefined

beforeAll(async () => {
  if (given === undefined && !missing) cluster = await RealCluster.start()
}, CLUSTER_START_TIMEOUT_MS)

afterAll(() => cluster?.end())

if (missing) {
  reportNotRun({
    title: "the ledger's contract on a real TigerBeetle",
    unproven: "that TigerBeetle keeps the rules by which the embedded ledger was built",
    how: `${HOW_TO_RUN}, or TB_ADDRESS=host:port npm test for a cluster that runs`,
  })
}

describeLedger({
  name: missing ? "NOT RUN, a real TigerBeetle" : `TigerBeetle at ${given ?? "a port of its own"}`,
  missing,
  open: async () => {
    const clusterId = BigInt(process.env["TB_CLUSTER_ID"] || "0")
    const addresses = await resolveReplicaAddresses(given ?? cluster?.address ?? "")
    const backend = await openTigerBeetle({ clusterId, addresses })
    return {
      ledger: new ChainLedger(backend),
      advance: (seconds) => sleep(seconds * 1_000),
      close: async () => backend.close(),
    }
  },
  meets: ["any_flags"],
})

test("status names and numbers are those of TigerBeetle's client", () => {
  expect(numbersOf(ACCOUNT_STATUSES)).toEqual(namedNumbers(TigerBeetle.CreateAccountStatus))
  expect(numbersOf(TRANSFER_STATUSES)).toEqual(namedNumbers(TigerBeetle.CreateTransferStatus))
})

test("flag names and bits are those of TigerBeetle's client", () => {
  expect({ none: 0, ...AccountFlags }).toEqual(namedNumbers(TigerBeetle.AccountFlags))
  expect({ none: 0, ...TransferFlags }).toEqual(namedNumbers(TigerBeetle.TransferFlags))
})

function numbersOf(table: Readonly<Record<string, StatusFacts>>): Record<string, number> {
  return Object.fromEntries(Object.entries(table).map(([name, facts]) => [name, facts.number]))
}

/** The client's tables lead both ways, from name to number and back. */
function namedNumbers(table: object): Record<string, number> {
  const entries = Object.entries(table as Record<string, unknown>)
  return Object.fromEntries(
    entries.filter((entry): entry is [string, number] => typeof entry[1] === "number"),
  )
}
