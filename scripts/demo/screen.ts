// Screen: what the demo shows: lines with the time since its beginning, and the table at its end.
// Owns: the form. Must not touch: what is told.

import { styleText } from "node:util"

type Style = Parameters<typeof styleText>[0]

const TIME_WIDTH = 7

export class Screen {
  readonly #beganAtMs = Date.now()

  /** What the demo does. */
  act(text: string): void {
    this.#line(styleText("bold", text))
  }

  /** What it finds. */
  note(text: string): void {
    this.#line(text)
  }

  kill(text: string): void {
    this.#line(styleText(["bold", "red"], text))
  }

  /** What a step of a run says. */
  step(run: string, step: string, attempt: number, message: string): void {
    const again = attempt === 1 ? "" : ` (attempt ${attempt})`
    const style: Style = attempt === 1 ? "dim" : "yellow"
    this.#line(styleText(style, `  ${run}  ${step}${again}: ${message}`))
  }

  table(header: readonly string[], rows: readonly (readonly string[])[]): void {
    const widths = header.map((title, column) =>
      Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)),
    )
    const line = (cells: readonly string[]) =>
      cells
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join("  ")
        .trimEnd()
    console.log()
    console.log(styleText("bold", line(header)))
    console.log(line(widths.map((width) => "─".repeat(width))))
    for (const row of rows) console.log(line(row))
    console.log()
  }

  #line(text: string): void {
    const seconds = ((Date.now() - this.#beganAtMs) / 1_000).toFixed(1)
    console.log(`${`${seconds} s`.padStart(TIME_WIDTH)}  ${text}`)
  }
}
