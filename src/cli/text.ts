// Text: what a run says, made fit for a line of a terminal.
// Owns: widths, cuts, durations and instants.
//   T1. Nothing a run says reaches the terminal as a command: control characters and those that turn text around are
//       shown by their number.

/** Control characters, and marks that change the direction of text. */
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g

/** Takes two columns. */
const WIDE =
  /\p{Emoji_Presentation}|[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|[\u{20000}-\u{3fffd}]/u

const GRAPHEMES = new Intl.Segmenter("en", { granularity: "grapheme" })

const ONLY_ASCII = /^[\u0020-\u007e]*$/

/** As one line. */
export function oneLine(text: string): string {
  return text.replaceAll(/\s*\r?\n\s*/g, " ").replaceAll(UNSAFE, shownByNumber)
}

/** Each of its lines, tabs as spaces. */
export function safeLines(text: string): string[] {
  return text
    .split(/\r?\n/)
    .map((line) => line.replaceAll("\t", "  ").replaceAll(UNSAFE, shownByNumber))
}

/** JSON, which a terminal can be shown and a program can read. */
export function safeJson(value: unknown, indent?: number): string {
  return (JSON.stringify(value, undefined, indent) ?? "null").replaceAll(
    /[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    shownByNumber,
  )
}

function shownByNumber(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`
}

export function columnsOf(text: string): number {
  if (ONLY_ASCII.test(text)) return text.length
  let columns = 0
  for (const { segment } of GRAPHEMES.segment(text)) columns += WIDE.test(segment) ? 2 : 1
  return columns
}

/** At most so many columns; what is cut off shows as "…". */
export function cut(text: string, columnsMax: number): string {
  // Each character takes a column at least.
  if (text.length <= columnsMax && ONLY_ASCII.test(text)) return text
  if (columnsOf(text) <= columnsMax) return text
  if (columnsMax < 1) return ""
  let kept = ""
  let columns = 0
  for (const { segment } of GRAPHEMES.segment(text)) {
    columns += WIDE.test(segment) ? 2 : 1
    if (columns > columnsMax - 1) break
    kept += segment
  }
  return `${kept}…`
}

export function padded(text: string, columns: number, side: "left" | "right" = "left"): string {
  const room = " ".repeat(Math.max(0, columns - columnsOf(text)))
  return side === "left" ? text + room : room + text
}

/** As lines of at most so many columns, broken between words; a word that is longer stays whole, to be copied. */
export function wrapped(text: string, columnsMax: number): string[] {
  const lines: string[] = []
  let line = ""
  // The spaces in front of a word go with it: what stood in columns still does where it fits.
  for (const word of text.match(/ *[^ ]+/g) ?? [""]) {
    if (line !== "" && columnsOf(line + word) > columnsMax) {
      lines.push(line)
      line = word.trimStart()
    } else line += word
  }
  return [...lines, line]
}

/** "1 run", "2 runs". */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`
}

/** "380 ms", "12.4 s", "3 min 20 s", "5 h 12 min", "12 d 3 h". */
export function duration(ms: number): string {
  if (ms < 1_000) return `${Math.max(0, Math.round(ms))} ms`
  const seconds = ms / 1_000
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`
  const minutes = Math.floor(Math.round(seconds) / 60)
  if (minutes < 60) return both(minutes, "min", Math.round(seconds) % 60, "s")
  const hours = Math.floor(minutes / 60)
  if (hours < 48) return both(hours, "h", minutes % 60, "min")
  return both(Math.floor(hours / 24), "d", hours % 24, "h")
}

function both(large: number, largeUnit: string, small: number, smallUnit: string): string {
  return small === 0 ? `${large} ${largeUnit}` : `${large} ${largeUnit} ${small} ${smallUnit}`
}

/** To the second, in UTC, as options take it. */
export function instant(at: string): string {
  return at.replace(/\.\d+Z$/, "Z")
}
