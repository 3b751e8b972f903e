// Registry: which workflows this program knows, in which versions, with which dependencies.
// Owns: names and versions; refuses duplicates. Must not touch: runs.

import { InvalidOperationError, type Halt } from "../errors.ts"
import type { WorkflowFunction } from "./context.ts"
import { requireFlowLimits, type FlowLimits } from "./flow-limits.ts"
import { DURATION_MS_MAX, NAME_BYTES_MAX, RETENTION_MS_DEFAULT } from "../limits.ts"
import { utf8Bytes } from "../values/codec.ts"
import type { SchemaIssue, StandardSchema } from "./operation.ts"

export type { WorkflowFunction } from "./context.ts"

export interface WorkflowOptions<Input extends readonly unknown[] = never[]> {
  /** Whole number from 1; 1 unless given. A run stays on the version it started with. */
  readonly version?: number | undefined
  /** How long an ended run is kept before it deletes itself; 30 days unless given, `Infinity` for ever. */
  readonly retentionMs?: number | undefined
  /** Checks the list of arguments before a run is started. */
  readonly input?: StandardSchema | undefined
  /** How many of its runs go on at once, and start in a window, per key. */
  readonly limits?: FlowLimits<Input> | undefined
  /** A start that works as it stands, shown to whoever starts one by hand; a function gives a fresh one each time. */
  readonly example?: readonly unknown[] | (() => ExampleStart) | undefined
}

interface ExampleStart {
  /** The run's id, where the rest of the program expects one of a certain form. */
  readonly id?: string | undefined
  readonly input: readonly unknown[]
  /** What has to be there before; a sentence. */
  readonly needs?: string | undefined
  /** Requests to this Worker that make what it needs, in this order; to make them again changes nothing. */
  readonly requests?: readonly ExampleRequest[] | undefined
}

interface ExampleRequest {
  readonly method: "POST" | "PUT"
  readonly path: string
  readonly body?: unknown
}

/** A workflow as those are told who choose one. */
export interface WorkflowListing {
  readonly name: string
  /** Ascending. */
  readonly versions: readonly number[]
  /** Of the highest version. */
  readonly example?: ExampleStart
}

export interface RegisteredWorkflow {
  readonly name: string
  readonly version: number
  readonly fn: WorkflowFunction
  readonly input: StandardSchema | undefined
  readonly retentionMs: number
  readonly limits: FlowLimits | undefined
  readonly example: WorkflowOptions["example"]
}

/** Makes a dependency from the Worker's environment, once per object that asks for it. */
export type DependencyFactory<Env = never> = (env: Env) => unknown

export class Registry {
  readonly #workflows = new Map<string, Map<number, RegisteredWorkflow>>()
  readonly #names = new Map<WorkflowFunction, string>()
  readonly #dependencies = new Map<string, DependencyFactory>()

  /** @throws InvalidOperationError for a duplicate, a missing name or something that is no generator function. */
  register(name: string, fn: WorkflowFunction, options: WorkflowOptions = {}): RegisteredWorkflow {
    const version = options.version ?? 1
    if (name === "" || utf8Bytes(name) > NAME_BYTES_MAX) {
      throw new InvalidOperationError(
        `A workflow needs a name of 1 to ${NAME_BYTES_MAX} bytes; give it as the first argument of register.`,
      )
    }
    if (typeof fn !== "function") {
      throw new InvalidOperationError(
        `Workflow "${name}" must be a generator function, got ${typeof fn}.`,
      )
    }
    if (!Number.isInteger(version) || version < 1) {
      throw new InvalidOperationError(
        `Workflow "${name}" has version ${String(version)}; a version is a whole number from 1.`,
      )
    }
    const retentionMs = options.retentionMs ?? RETENTION_MS_DEFAULT
    if (!isRetention(retentionMs)) {
      throw new InvalidOperationError(
        `Workflow "${name}" has retentionMs ${String(retentionMs)}; give a whole number of milliseconds from 0 to ${DURATION_MS_MAX}, or Infinity to keep its runs for ever.`,
      )
    }
    const versions = this.#workflows.get(name) ?? new Map<number, RegisteredWorkflow>()
    if (versions.has(version)) {
      throw new InvalidOperationError(
        `Workflow "${name}" version ${version} is registered twice; give the new one another version.`,
      )
    }
    const { input, limits, example } = options
    if (limits !== undefined) requireFlowLimits(name, limits)
    const registered = { name, version, fn, input, retentionMs, limits, example }
    versions.set(version, registered)
    this.#workflows.set(name, versions)
    this.#names.set(fn, name)
    return registered
  }

  /** The given version, or the highest; `undefined` when there is none. */
  find(name: string, version?: number): RegisteredWorkflow | undefined {
    const versions = this.#workflows.get(name)
    if (versions === undefined) return undefined
    return versions.get(version ?? Math.max(...versions.keys()))
  }

  has(name: string): boolean {
    return this.#workflows.has(name)
  }

  /** What a run halts with whose code is not here. */
  missing(name: string, version: number): Halt {
    return {
      code: this.has(name) ? "version_unknown" : "workflow_unknown",
      message: `Workflow "${name}" version ${version} is not in the deployed code; deploy it again and the run goes on by itself.`,
    }
  }

  names(): string[] {
    return [...this.#workflows.keys()].sort()
  }

  /** In the order of their names. */
  listings(): WorkflowListing[] {
    return this.names().map((name) => {
      const versions = [...(this.#workflows.get(name)?.keys() ?? [])].sort((a, b) => a - b)
      const example = exampleOf(this.find(name)?.example)
      return { name, versions, ...(example !== undefined && { example }) }
    })
  }

  nameOf(fn: WorkflowFunction): string | undefined {
    return this.#names.get(fn)
  }

  setDependency(name: string, factory: DependencyFactory): void {
    this.#dependencies.set(name, factory)
  }

  dependency(name: string): DependencyFactory | undefined {
    return this.#dependencies.get(name)
  }
}

function exampleOf(example: RegisteredWorkflow["example"]): ExampleStart | undefined {
  return typeof example === "function" ? example() : example && { input: example }
}

function isRetention(retentionMs: number): boolean {
  if (retentionMs === Infinity) return true
  return Number.isInteger(retentionMs) && retentionMs >= 0 && retentionMs <= DURATION_MS_MAX
}

/** One line a person can act on: where in the value, and what is wrong there. */
export function describeIssues(issues: readonly SchemaIssue[]): string {
  return issues
    .slice(0, 5)
    .map((issue) => {
      const path = (issue.path ?? [])
        .map((part) => String(typeof part === "object" ? part.key : part))
        .join(".")
      return path === "" ? issue.message : `${path}: ${issue.message}`
    })
    .join("; ")
}

/** The part of `Belay` that registers things; what a system is handed. */
export interface Registrar {
  register(fn: WorkflowFunction, options?: WorkflowOptions): void
  register(name: string, fn: WorkflowFunction, options?: WorkflowOptions): void
}
