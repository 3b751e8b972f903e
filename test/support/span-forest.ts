// Span forest: spans that have arrived, and what must hold for all of them: nothing twice with other content, nobody
// without its parent. Owns: these checks. Must not touch: how they have arrived.

import type { ReadSpan } from "./otlp-reader.ts"

export class SpanForest {
  readonly spans: readonly ReadSpan[]

  /** @throws when a span has come twice and was not the same. */
  constructor(arrived: readonly ReadSpan[]) {
    const byId = new Map<string, ReadSpan>()
    for (const span of arrived) {
      const key = `${span.traceId} ${span.spanId}`
      const before = byId.get(key)?.text
      if (before !== undefined && before !== span.text) {
        throw new Error(`A span has come twice, and differs:\n${before}\n${span.text}`)
      }
      byId.set(key, span)
    }
    this.spans = [...byId.values()]
  }

  /** Parents that no span is, with the spans that name them. */
  orphans(callers: readonly string[] = []): string[] {
    const known = new Set([...callers, ...this.spans.map(({ spanId }) => spanId)])
    return this.spans
      .filter(({ parentSpanId }) => parentSpanId !== undefined && !known.has(parentSpanId))
      .map(({ name, attributes }) => `${name} ${JSON.stringify(attributes)}`)
  }

  named(name: string): ReadSpan[] {
    return this.spans.filter((span) => span.name === name)
  }

  one(name: string): ReadSpan {
    const found = this.named(name)
    const [first] = found
    if (first === undefined || found.length > 1) {
      throw new Error(`There are ${found.length} spans named ${name}.`)
    }
    return first
  }

  under(parent: ReadSpan): ReadSpan[] {
    return this.spans.filter(({ parentSpanId }) => parentSpanId === parent.spanId)
  }
}
