// Visible text: an id as it is, whatever letters it has.
// Owns: which letters cannot be seen or turn the direction of others. Pure.
//   V1. A letter that cannot be seen, or looks like a space and is none, is shown by its number.

/** Marks of direction, joiners, fillers, spaces without width or of another kind. */
const UNSEEN = /[\p{Cf}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}\u2800]|(?! )\p{Zs}/gu

/** `\u202eevil` → `⟨U+202E⟩evil` */
export function visibleText(text: string): string {
  return text.replaceAll(
    UNSEEN,
    (letter) => `⟨U+${(letter.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}⟩`,
  )
}
