// Registry: the workflows that tests define inside themselves, and the way to deploy other code under a name.
// Objects and tests share one isolate, so a function inside a test can be a workflow.

import {
  Registry,
  type RegisteredWorkflow,
  type WorkflowFunction,
  type WorkflowOptions,
} from "../../../src/engine/workflow/registry.ts"

class TestRegistry extends Registry {
  readonly #deployed = new Map<string, WorkflowFunction>()
  readonly #hidden = new Set<string>()
  #count = 0

  /** Registers a function under a name that no other has, and gives the name. */
  define(fn: WorkflowFunction, options: WorkflowOptions = {}): string {
    const name = `${fn.name || "workflow"}-${++this.#count}`
    this.register(name, fn, options)
    return name
  }

  /** From now on this function stands behind the name, for every object that is woken anew. */
  deploy(name: string, fn: WorkflowFunction): void {
    this.#deployed.set(name, fn)
  }

  /** The deployed code has this workflow no more, or has it again. */
  hide(name: string, isHidden = true): void {
    if (isHidden) this.#hidden.add(name)
    else this.#hidden.delete(name)
  }

  override find(name: string, version?: number): RegisteredWorkflow | undefined {
    const found = this.#hidden.has(name) ? undefined : super.find(name, version)
    return found && { ...found, fn: this.#deployed.get(name) ?? found.fn }
  }

  override has(name: string): boolean {
    return !this.#hidden.has(name) && super.has(name)
  }
}

export const registry = new TestRegistry()
