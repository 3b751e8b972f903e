// Line fields: one line of an exported run, still unknown to the types, taken apart field by field.
// Owns: the messages that name the line and the field. Must not touch: which lines there are (recorded-run.ts).
//   F1. A field that is missing, of another type or unknown is refused: a file is believed whole or not at all.

/** The file is not what an export writes: the message names the line. */
export class RecordedRunError extends Error {
  constructor(lineNumber: number, message: string) {
    super(`Line ${lineNumber}: ${message}`)
    this.name = "RecordedRunError"
  }
}

export class LineFields {
  readonly #fields: Readonly<Record<string, unknown>>
  readonly #lineNumber: number
  readonly #asked = new Set<string>()

  /** @throws RecordedRunError for anything but an object */
  constructor(value: unknown, lineNumber: number) {
    this.#lineNumber = lineNumber
    if (typeof value !== "object" || value === null || Array.isArray(value)) {
      throw this.refusal("it is no JSON object")
    }
    this.#fields = value as Record<string, unknown>
  }

  static parse(line: string, lineNumber: number): LineFields {
    let value: unknown
    try {
      value = JSON.parse(line)
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error)
      throw new RecordedRunError(lineNumber, `it is no JSON: ${reason}.`)
    }
    return new LineFields(value, lineNumber)
  }

  refusal(what: string): RecordedRunError {
    return new RecordedRunError(this.#lineNumber, `${what}; export the run again.`)
  }

  text(name: string): string {
    const value = this.textIfAny(name)
    if (value === undefined) throw this.refusal(`"${name}" is missing`)
    return value
  }

  textIfAny(name: string): string | undefined {
    return this.#take(name, "string", (value) => typeof value === "string")
  }

  number(name: string): number {
    const value = this.numberIfAny(name)
    if (value === undefined) throw this.refusal(`"${name}" is missing`)
    return value
  }

  numberIfAny(name: string): number | undefined {
    return this.#take(name, "whole number", Number.isSafeInteger)
  }

  flag(name: string): boolean {
    return this.#take<boolean>(name, "boolean", (value) => typeof value === "boolean") ?? false
  }

  oneOf<T extends string>(name: string, known: ReadonlySet<T>): T {
    const value = this.text(name)
    if (known.has(value as T)) return value as T
    throw this.refusal(`"${name}" is "${value.slice(0, 60)}", which this version does not know`)
  }

  oneOfIfAny<T extends string>(name: string, known: ReadonlySet<T>): T | undefined {
    return this.textIfAny(name) === undefined ? undefined : this.oneOf(name, known)
  }

  /** An object inside the line. */
  inner(name: string): LineFields {
    this.#asked.add(name)
    return new LineFields(this.#fields[name], this.#lineNumber)
  }

  /** A list of objects inside the line. */
  list(name: string): LineFields[] {
    const values = this.#take<unknown[]>(name, "list", Array.isArray) ?? []
    return values.map((value) => new LineFields(value, this.#lineNumber))
  }

  /** A field that is only passed on. */
  any(name: string): unknown {
    this.#asked.add(name)
    return this.#fields[name]
  }

  /** Every field, as texts. */
  texts(): Record<string, string> {
    return Object.fromEntries(Object.keys(this.#fields).map((name) => [name, this.text(name)]))
  }

  /** @throws RecordedRunError when there is a field that nobody asked for */
  done<T>(line: T): T {
    const unknown = Object.keys(this.#fields).find((name) => !this.#asked.has(name))
    if (unknown === undefined) return line
    throw this.refusal(`it has the field "${unknown}", which this version does not know`)
  }

  #take<T>(name: string, what: string, fits: (value: unknown) => boolean): T | undefined {
    this.#asked.add(name)
    const value = this.#fields[name]
    if (value === undefined) return undefined
    if (fits(value)) return value as T
    throw this.refusal(`"${name}" should be a ${what}`)
  }
}
