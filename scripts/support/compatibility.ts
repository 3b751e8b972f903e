// Compatibility: the date and flags of the runtime that wrangler.toml names, for the runtimes started without wrangler.

import { readFileSync } from "node:fs"

const WRANGLER_TOML = new URL("../../wrangler.toml", import.meta.url)

export const COMPATIBILITY = {
  compatibilityDate: entry("compatibility_date"),
  compatibilityFlags: [...entry("compatibility_flags").matchAll(/[a-z_]+/g)].map(([flag]) => flag),
}

/** The text of a top-level entry, without the quotes of a string. @throws Error when it is missing */
function entry(name: string): string {
  const toml = readFileSync(WRANGLER_TOML, "utf8")
  const [, text] = new RegExp(`^${name} = (.+)$`, "m").exec(toml) ?? []
  if (text === undefined) throw new Error(`wrangler.toml has no ${name}.`)
  return text.replace(/^"(.*)"$/, "$1")
}
