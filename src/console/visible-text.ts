// Visible text: an id as it is, whatever letters it has.
// Owns: which letters cannot be seen or turn the direction of others. Pure.
//   V1. Two ids that differ look different: a letter that cannot be seen is shown by its number.

/** Marks of direction, joiners, spaces without width. */
const UNSEEN = /[\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g

/** `\u202eevil` → `⟨U+202E⟩evil` */
export function visibleText(text: string): string {
  return text.replaceAll(
    UNSEEN,
    (letter) => `⟨U+${letter.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}⟩`,
  )
}
