// Fault field: a failure on purpose for the run that is started, where the server is a development server.
// Owns: the field, its grammar, the header. Must not touch: the start.

import * as v from "valibot"
import type { Api } from "../api.ts"
import { element } from "../element.ts"
import { labelled } from "../labelled.ts"

const HEALTH = v.looseObject({ development: v.optional(v.boolean()) })

/** Of the letters that a header can carry. */
const FAULT =
  /^(?:(?![#:,])[!-~])+(?:#[1-9]\d{0,8})?:(?:[1-9]\d{0,8}|\*)(?::(?:throw|hang|crash))?$/

const HINT =
  "chargePayment:1:hang lets the first attempt of that step hang, so that the run can be crashed in its middle; :crash and :throw do what they say. Several with commas; step#2 is its second call, * every attempt."

export class FaultField {
  readonly root: HTMLElement
  readonly #field = element("input", {
    name: "fault",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    placeholder: "<step>[#<n>]:<attempt|*>[:throw|hang|crash]",
    class: "id",
  })

  constructor() {
    this.root = labelled("Fault on purpose (development only)", this.#field, HINT)
    this.root.hidden = true
  }

  /** Only there the header means something. */
  async showWhere(api: Api, signal: AbortSignal): Promise<void> {
    const health = await api.ask("/healthz", HEALTH, { signal })
    this.root.hidden = health.development !== true
  }

  /** The header, or what is wrong with it. */
  read(): { readonly headers: Readonly<Record<string, string>> } | { readonly problem: string } {
    const faults = this.#field.value.split(",").map((text) => text.trim())
    if (this.root.hidden || faults.join("") === "") return { headers: {} }
    const odd = faults.find((text) => !FAULT.test(text))
    if (odd === undefined) return { headers: { "x-belay-fault": faults.join(", ") } }
    this.#field.focus()
    return {
      problem: `"${odd}" is no fault: write <step>[#<n>]:<attempt|*>[:throw|hang|crash], for example chargePayment:1:hang.`,
    }
  }
}
