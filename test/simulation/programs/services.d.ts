// The services come from the other TypeScript project; the bundle puts test/simulation/services/services.ts here.

declare module "simulation:services" {
  /** The systems' SQL database. */
  export class DatabaseService {
    call(request: unknown): unknown
    rows(sql: string): Record<string, unknown>[]
    close(): void
  }

  /** The embedded ledger's rules. */
  export class LedgerService {
    constructor(nowMs: () => number)
    call(request: unknown): unknown
    accounts(): import("../../../src/ledger/records.ts").Account[]
    close(): void
  }
}
