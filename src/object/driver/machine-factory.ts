// Machine factory: a machine for a run as its row says, with the object's storage, clock and randomness behind it.
// Owns: the wiring of ports, and the answer when the code of a run is not deployed.

import type { Halt } from "../../engine/errors.ts"
import { RETENTION_MS_DEFAULT } from "../../engine/limits.ts"
import { Machine } from "../../engine/machine/machine.ts"
import type { Host } from "../../engine/ports/ports.ts"
import type { Registry } from "../../engine/workflow/registry.ts"
import { newPromiseToken } from "../store/promise-token.ts"
import type { RunRow } from "../store/stored-run.ts"
import { SqliteRunStore, type RunTables } from "../store/sqlite-run-store.ts"
import type { Tracing } from "../telemetry/tracing.ts"

export class MachineFactory {
  readonly #registry: Registry
  readonly #tables: RunTables
  readonly #tracing: Tracing

  constructor(registry: Registry, tables: RunTables, tracing: Tracing) {
    this.#registry = registry
    this.#tables = tables
    this.#tracing = tracing
  }

  /** Why no machine can be built: the code is not there. */
  missingCode(row: RunRow): Halt | undefined {
    const { workflow, version } = row
    const isThere = this.#registry.find(workflow, version) !== undefined
    return isThere ? undefined : this.#registry.missing(workflow, version)
  }

  /** How long the run is kept once it has ended; a workflow that is gone had no more to say. */
  retentionMs(row: RunRow): number {
    return this.#registry.find(row.workflow, row.version)?.retentionMs ?? RETENTION_MS_DEFAULT
  }

  /** @param isFresh no record stands in the journal of this generation. */
  build(row: RunRow, host: Host, isFresh: boolean): Machine {
    const workflow = this.#registry.find(row.workflow, row.version)
    if (workflow === undefined) {
      throw new Error(`Workflow ${row.workflow} version ${row.version} is gone.`)
    }
    const ports = {
      store: new SqliteRunStore(this.#tables, row),
      clock: { nowMs: () => Date.now() },
      entropy: {
        random: () => Math.random(),
        uuid: () => crypto.randomUUID(),
        promiseToken: () => newPromiseToken(row.id, row.incarnation),
      },
      host,
    }
    const run = {
      id: row.id,
      incarnation: row.incarnation,
      generation: row.generation,
      createdAtMs: row.createdAtMs,
      inputText: row.generationInputText ?? row.inputText,
      deadlineMs: row.deadlineMs,
      faults: row.faults,
      isFresh,
      trace: this.#tracing.ofSteps(row),
    }
    return new Machine(ports, run, workflow.fn)
  }
}
