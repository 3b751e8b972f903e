// Messages: what the bench and its processes say to each other.
// Owns: their shapes. One question at a time, each with one answer.

export interface BenchKey {
  readonly id: string
  readonly secret: string
}

/** Which server to be: the bare floor, or a relay before one of the ledgers. */
export type ServerKind = "floor" | "instant" | "memory" | "file" | "tigerbeetle"

export type ServerQuestion =
  | {
      readonly ask: "start"
      readonly kind: ServerKind
      readonly key: BenchKey
      /** Where the ledger of kind `file` is. */
      readonly path: string
    }
  | { readonly ask: "cpu" }

export type ServerAnswer =
  | { readonly answer: "started"; readonly port: number }
  /** Time the process has used its processor since its start, in ms. */
  | { readonly answer: "cpu"; readonly cpuMs: number }

export type LoadQuestion =
  /** Sends one request that creates the accounts of the load. */
  | { readonly ask: "accounts"; readonly port: number; readonly key: BenchKey }
  /** Makes and signs new requests: the same ones are then sent to every server. */
  | {
      readonly ask: "prepare"
      readonly key: BenchKey
      readonly requests: number
      readonly eventsPerRequest: number
    }
  /** Sends them until all are answered or the time is up. */
  | {
      readonly ask: "send"
      readonly port: number
      readonly connections: number
      readonly timeMsMax: number
    }

export type LoadAnswer =
  | { readonly answer: "ready" }
  | {
      readonly answer: "sent"
      readonly requests: number
      readonly elapsedMs: number
      /** Time the generator has used its processor meanwhile, in ms. */
      readonly cpuMs: number
    }
  /** One request at least was not answered as it should be. */
  | { readonly answer: "refused"; readonly message: string }
