// Event text: server-sent events out of the bytes of a stream, as the standard says.
// Owns: lines, fields, comments. Must not touch: what an event means.

export interface TextEvent {
  readonly id: string | undefined
  readonly event: string
  readonly data: string
  /** How long to wait before connecting again, if it was said since the last event. */
  readonly retryMs: number | undefined
}

/** Takes text as it comes and gives each event that is complete. */
export class EventText {
  #rest = ""
  #id: string | undefined
  #event = ""
  #data: string[] = []
  /** Said last, by an event or by a block of its own. */
  retryMs: number | undefined

  add(text: string): TextEvent[] {
    const events: TextEvent[] = []
    const lines = (this.#rest + text).split(/\r\n|\n|\r(?!$)/)
    this.#rest = lines.pop() ?? ""
    for (const line of lines) {
      if (line !== "") this.#field(line)
      else if (this.#data.length > 0) events.push(this.#take())
      else this.#clear()
    }
    return events
  }

  #field(line: string): void {
    const colon = line.indexOf(":")
    // A comment: somebody is there.
    if (colon === 0) return
    const name = colon === -1 ? line : line.slice(0, colon)
    const value = colon === -1 ? "" : line.slice(colon + 1).replace(/^ /, "")
    if (name === "id") this.#id = value
    else if (name === "event") this.#event = value
    else if (name === "data") this.#data.push(value)
    else if (name === "retry" && /^\d+$/.test(value)) this.retryMs = Number(value)
  }

  #take(): TextEvent {
    const event = {
      id: this.#id,
      event: this.#event === "" ? "message" : this.#event,
      data: this.#data.join("\n"),
      retryMs: this.retryMs,
    }
    this.#clear()
    return event
  }

  #clear(): void {
    this.#event = ""
    this.#data = []
  }
}
