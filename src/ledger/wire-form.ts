// The form of one kind of record on the relay's wire: a JSON object with a codec for each field.
// Owns: reading and writing an object by its table of fields.
//   F1. Only an object's own fields count, and each must be in the table: `constructor` and `__proto__` are unknown.
//   F2. The first broken rule, in the order of the object, is the one reported.
//   F3. All records of a kind have the same fields in the same order, which keeps work on many of them fast.
import type { FieldCodec } from "./wire-codec.ts"
import { inside, isObject, within, wireError } from "./wire-field.ts"

export interface RecordForm<Item extends object> {
  readonly fields: readonly FormField[]
  readonly codecs: ReadonlyMap<string, FieldCodec<bigint | number>>
  readonly empty: Item
  /** For messages. */
  readonly names: string
}

interface FormField {
  readonly name: string
  /** The name as it stands in JSON text. */
  readonly label: string
  readonly codec: FieldCodec<bigint | number>
}

type FieldCodecs<Item> = {
  readonly [Name in keyof Item]: Item[Name] extends bigint | number ? FieldCodec<Item[Name]> : never
}

export function recordForm<Item extends object>(table: FieldCodecs<Item>): RecordForm<Item> {
  const entries = Object.entries<FieldCodec<bigint | number>>(table)
  const fields = entries.map(([name, codec]) => ({ name, label: `"${name}":`, codec }))
  const empty = Object.fromEntries(entries.map(([name, { zero }]) => [name, zero])) as Item
  return { fields, codecs: new Map(entries), empty, names: Object.keys(table).join(", ") }
}

/**
 * Reads an object of this form.
 * @param missing whether a field may be left out and is 0 then.
 * @throws WireError without a place.
 */
export function readRecord<Item extends object>(
  value: unknown,
  form: RecordForm<Item>,
  missing: "zero" | "refused",
): Item {
  const { fields, codecs, empty, names } = form
  if (!isObject(value)) throw wireError("", `object with ${names}`, value)
  const record = { ...empty } as Record<string, bigint | number>
  const given = Object.keys(value)
  for (const name of given) {
    const codec = codecs.get(name)
    if (codec === undefined) throw wireError("", `no other fields than ${names}`, name)
    try {
      record[name] = codec.read(value[name])
    } catch (error) {
      throw inside(`.${name}`, error)
    }
  }
  // All that are given are known and different, so fewer than all means that one is missing.
  if (missing === "refused" && given.length < fields.length) {
    for (const { name, codec } of fields) {
      if (!Object.hasOwn(value, name)) within(`.${name}`, () => codec.read(undefined))
    }
  }
  return record as Item
}

/** The record as JSON text. @throws WireError without a place. */
export function writeRecord<Item extends object>(
  record: Item,
  form: RecordForm<Item>,
  zero: "omitted" | "written",
): string {
  const values = record as Readonly<Record<string, bigint | number>>
  let text = ""
  for (const { name, label, codec } of form.fields) {
    const value = values[name] ?? codec.zero
    if (zero === "omitted" && (value === 0n || value === 0)) continue
    try {
      text += `${text === "" ? "" : ","}${label}${codec.write(value)}`
    } catch (error) {
      throw inside(`.${name}`, error)
    }
  }
  return `{${text}}`
}
