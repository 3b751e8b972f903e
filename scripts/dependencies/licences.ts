// Licences: under which terms the packages are used, and whether we may.
// Owns: the list of what is allowed, with what each asks of us, and the page made of it.

import { nameOf, type LockedPackage } from "./lock-file.ts"

/** Licences that may be used, and why they may. */
export const ALLOWED: Readonly<Record<string, string>> = {
  MIT: "keep the notice",
  ISC: "keep the notice",
  "0BSD": "nothing",
  "BSD-3-Clause": "keep the notice, do not use the names to advertise",
  "Apache-2.0": "keep the notice, say what was changed",
  "MPL-2.0": "changes to its own files stay open; none is changed here",
  "CC0-1.0": "nothing",
  "LGPL-3.0-or-later": "a library that is linked, not changed; of development alone here",
}

/** Those that may come with development only: nothing under them may be part of what is deployed or packed. */
const DEVELOPMENT_ONLY = new Set(["LGPL-3.0-or-later", "MPL-2.0"])

/** The licences an expression asks one to keep to: all of them, also where one could choose. */
function licencesOf(expression: string): string[] {
  return expression
    .replaceAll(/[()]/g, " ")
    .split(/\s+(?:AND|OR)\s+/)
    .map((part) => part.trim())
}

/** Why a package may not be used; a line for each. */
export function licenceFaults(packages: readonly LockedPackage[]): string[] {
  return packages.flatMap((each) => {
    if (each.licence === undefined) {
      return [`${nameOf(each)} has no licence; ask its authors, or use another package.`]
    }
    const isChoice = /\sOR\s/.test(each.licence)
    const parts = licencesOf(each.licence)
    const refused = parts.filter((part) => !isAllowed(part, each))
    const isRefused = isChoice ? refused.length === parts.length : refused.length > 0
    return isRefused
      ? [
          `${nameOf(each)} is under ${each.licence}; ${refused.join(" and ")} may not be used ${each.isDevelopment ? "" : "in what is deployed "}here.`,
        ]
      : []
  })
}

function isAllowed(licence: string, { isDevelopment, isOptional }: LockedPackage): boolean {
  if (!Object.hasOwn(ALLOWED, licence)) return false
  return isDevelopment || isOptional || !DEVELOPMENT_ONLY.has(licence)
}

/** docs/licences.md as it must stand. */
export function licencesPage(packages: readonly LockedPackage[]): string {
  const byLicence = Map.groupBy(packages, ({ licence }) => licence ?? "none")
  const sections = [...byLicence]
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([licence, each]) => `## ${licence} (${each.length})\n\n${each.map(lineOf).join("\n")}\n`)
  const terms = Object.entries(ALLOWED).map(([licence, term]) => `- ${licence}: ${term}`)
  return `# Licences

Every package that package-lock.json installs, by its licence. Made by \`npm run licences\`; \`npm run check\` compares it.
What is marked comes with development alone: it is in no deployed Worker, no relay and no packed library.

What they ask of whoever passes them on:

${terms.join("\n")}

${sections.join("\n")}`
}

function lineOf(each: LockedPackage): string {
  return `- ${nameOf(each)}${each.isDevelopment ? " (development)" : ""}`
}
