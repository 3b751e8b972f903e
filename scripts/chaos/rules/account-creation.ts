// Account creation: the rules its two stores are audited by. Pure.
//   A1. An account that was asked for has one reference row and one ledger account, and its run and its caller know it
//       by the same id.
//   A2. No reference row and no ledger account belongs to nobody.

import { member } from "../../support/json-client.ts"
import { endFindings, type RunsSeen } from "./run-seen.ts"

export interface WantedAccount {
  readonly uuid: string
  /** The ledger id its caller was told; `undefined` where only the start was answered. */
  readonly told: string | undefined
}

export interface AccountBooks {
  readonly wanted: readonly WantedAccount[]
  readonly runs: RunsSeen
  readonly rows: readonly { readonly uuid: string; readonly guid: string }[]
  /** Ids of the ledger's accounts that account creation makes. */
  readonly ledgerIds: readonly string[]
}

export function auditAccounts({ wanted, runs, rows, ledgerIds }: AccountBooks): string[] {
  const findings: string[] = []
  const uuids = new Set(wanted.map(({ uuid }) => uuid))
  const inLedger = new Set(ledgerIds)
  for (const { uuid, told } of wanted) {
    const run = runs.get(uuid)
    findings.push(...endFindings(uuid, run))
    const guids = rows.filter((row) => row.uuid === uuid).map(({ guid }) => guid)
    if (guids.length !== 1) findings.push(`${uuid}: has ${guids.length} reference rows`)
    const [guid = "none"] = guids
    if (!inLedger.has(guid)) findings.push(`${uuid}: the ledger has no account ${guid}`)
    const result = member(run?.result, "guid")
    if (result !== guid) findings.push(`${uuid}: its run gave ${String(result)}, its row ${guid}`)
    if (told !== undefined && told !== guid) {
      findings.push(`${uuid}: its caller was told ${told}, its row says ${guid}`)
    }
  }
  const inRows = new Set(rows.map(({ guid }) => guid))
  for (const { uuid } of rows) {
    if (!uuids.has(uuid)) findings.push(`${uuid}: a reference row that nobody asked for`)
  }
  for (const id of inLedger) {
    if (!inRows.has(id)) findings.push(`ledger account ${id}: has no reference row`)
  }
  return findings
}
