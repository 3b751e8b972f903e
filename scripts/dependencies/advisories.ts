// Advisories: what is known against the packages, as `npm audit` tells it.
// Owns: reading its report and the judgement. A registry that cannot be asked is no verdict, and never a pass in silence.

export type Audit =
  | { readonly kind: "clean"; readonly low: number }
  | { readonly kind: "found"; readonly lines: readonly string[] }
  /** The registry was not reached, or has no advisories. */
  | { readonly kind: "not checked"; readonly why: string }

interface Report {
  readonly vulnerabilities?: Readonly<
    Record<
      string,
      { readonly severity?: string; readonly range?: string; readonly via?: readonly unknown[] }
    >
  >
  readonly metadata?: { readonly vulnerabilities?: unknown }
  readonly message?: string
  readonly error?: { readonly summary?: string; readonly code?: string }
}

const REFUSED = new Set(["high", "critical"])

/** @param output of `npm audit --json`; whatever it is */
export function readAudit(output: string): Audit {
  let report: Report
  try {
    report = Object(JSON.parse(output)) as Report
  } catch {
    // npm's own complaint, or nothing at all.
    return { kind: "not checked", why: firstLine(output) || "npm audit said nothing" }
  }
  const { vulnerabilities, metadata, error, message } = report
  if (error !== undefined || vulnerabilities === undefined || metadata === undefined) {
    const why =
      error?.summary || message || error?.code || "the report has no vulnerabilities in it"
    return { kind: "not checked", why: firstLine(why) }
  }
  const all = Object.entries(vulnerabilities)
  const refused = all.filter(([, { severity }]) => REFUSED.has(severity ?? "critical"))
  if (refused.length === 0) return { kind: "clean", low: all.length }
  const lines = refused.map(
    ([name, { severity, range, via }]) =>
      `${name} ${range ?? ""} (${severity ?? "of unknown severity"}): ${titlesOf(via)}`,
  )
  return { kind: "found", lines }
}

function titleOf(advisory: unknown): string {
  const { title } = Object(advisory) as { readonly title?: unknown }
  return typeof title === "string" ? title : "no title"
}

function titlesOf(via: readonly unknown[] = []): string {
  const titles = via.map((each) => (typeof each === "string" ? `through ${each}` : titleOf(each)))
  return titles.join("; ")
}

function firstLine(text: string): string {
  return text.trim().split("\n")[0]?.slice(0, 300) ?? ""
}
