// Gathered: the spans of a test's runs, taken where they leave the isolate.
// Owns: which runs are traced, and what the collector answers. Must not touch: what a test expects of the spans.

import { vi } from "vitest"
import { readOtlp, type ReadSpan } from "../../support/otlp-reader.ts"
import { SpanForest } from "../../support/span-forest.ts"
import { watchOf } from "./watch.ts"

let count = 0

export class Gathered {
  readonly arrived: ReadSpan[] = []
  readonly posts: { readonly url: string; readonly init: RequestInit }[] = []
  /** Another one each time: an isolate leaves one alone that did not answer. */
  readonly #url = `https://collector-${++count}.example`
  /** What the collector answers; what it throws, the connection has. */
  answer: () => Response | Promise<Response> = () => new Response("{}")

  /** From now on what the isolate fetches from the collector comes here; `vi.restoreAllMocks` ends it. */
  constructor() {
    const real = globalThis.fetch
    vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
      const url = input instanceof Request ? input.url : String(input)
      if (!url.startsWith(this.#url)) return real(input, init)
      this.posts.push({ url, init: init as RequestInit })
      const response = await this.answer()
      if (response.ok) this.arrived.push(...readOtlp(init?.body as string))
      return response
    })
  }

  /** The objects of this run, made from now on, export its spans. */
  trace(id: string, variables: Partial<Cloudflare.Env> = {}): string {
    watchOf(id).variables = { BELAY_OTLP_URL: this.#url, ...variables }
    return id
  }

  get forest(): SpanForest {
    return new SpanForest(this.arrived)
  }
}
