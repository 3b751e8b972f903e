// Gathered: the spans of a test's runs, taken where they leave the isolate.
// Owns: which runs are traced, and what the collector answers. Must not touch: what a test expects of the spans.

import { vi } from "vitest"
import { readOtlp, type ReadSpan } from "../../support/otlp-reader.ts"
import { SpanForest } from "../../support/span-forest.ts"
import { watchOf } from "./watch.ts"

const COLLECTOR = "https://collector.example"

export class Gathered {
  readonly arrived: ReadSpan[] = []
  readonly posts: { readonly url: string; readonly init: RequestInit }[] = []
  /** What the collector answers; what it throws, the connection has. */
  answer: () => Response = () => new Response("{}")

  /** From now on what the isolate fetches from the collector comes here; `vi.restoreAllMocks` ends it. */
  constructor() {
    const real = globalThis.fetch
    vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
      const url = input instanceof Request ? input.url : String(input)
      if (!url.startsWith(COLLECTOR)) return real(input, init)
      this.posts.push({ url, init: init as RequestInit })
      const response = this.answer()
      if (response.ok) this.arrived.push(...readOtlp(init?.body as string))
      return response
    })
  }

  /** The objects of this run, made from now on, export its spans. */
  trace(id: string, variables: Partial<Cloudflare.Env> = {}): string {
    watchOf(id).variables = { BELAY_OTLP_URL: COLLECTOR, ...variables }
    return id
  }

  get forest(): SpanForest {
    return new SpanForest(this.arrived)
  }
}
