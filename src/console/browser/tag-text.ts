// Tag text: tags as one line that a person can type: `team=payments, order=42`. Pure.

/** @returns the tags, or what is wrong with the text */
export function readTags(text: string): Readonly<Record<string, string>> | string {
  const tags: Record<string, string> = {}
  for (const part of text.split(",")) {
    if (part.trim() === "") continue
    const at = part.indexOf("=")
    const name = part.slice(0, Math.max(at, 0)).trim()
    if (name === "") return `Write each tag as name=value; "${part.trim()}" is not.`
    tags[name] = part.slice(at + 1).trim()
  }
  return tags
}

export function tagText(tags: Readonly<Record<string, string>>): string {
  return Object.entries(tags)
    .map(([name, value]) => `${name}=${value}`)
    .join(", ")
}
