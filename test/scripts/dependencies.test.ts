// The check of the dependencies: what it refuses, with planted packages, licences and advisories, and that it says aloud
// what it could not check.
import { readFileSync } from "node:fs"
import { describe, expect, test } from "vitest"
import { readAudit } from "../../scripts/dependencies/advisories.ts"
import { ALLOWED, licenceFaults, licencesPage } from "../../scripts/dependencies/licences.ts"
import {
  lockFaults,
  pinFaults,
  readLockFile,
  type LockedPackage,
} from "../../scripts/dependencies/lock-file.ts"

const whole: LockedPackage = {
  name: "a",
  version: "1.0.0",
  licence: "MIT",
  integrity: "sha512-abc",
  resolved: undefined,
  isDevelopment: false,
  isOptional: false,
}

function audited(severity: string): string {
  const vulnerability = { severity, range: "<2", via: [{ title: "Prototype pollution" }, "b"] }
  return JSON.stringify({ vulnerabilities: { bad: vulnerability }, metadata: {} })
}

describe("advisories", () => {
  test.each(["high", "critical"])(
    "one of %s severity fails the check, with its title",
    (severity) => {
      expect(readAudit(audited(severity))).toEqual({
        kind: "found",
        lines: [`bad <2 (${severity}): Prototype pollution; through b`],
      })
    },
  )

  test.each(["low", "moderate", "info"])("one of %s severity is counted alone", (severity) => {
    expect(readAudit(audited(severity))).toEqual({ kind: "clean", low: 1 })
  })

  test("one without a severity is taken for the worst", () => {
    const report = { vulnerabilities: { bad: { via: [] } }, metadata: {} }
    expect(readAudit(JSON.stringify(report))).toMatchObject({ kind: "found" })
  })

  test("no vulnerability is clean", () => {
    expect(readAudit('{"vulnerabilities":{},"metadata":{}}')).toEqual({ kind: "clean", low: 0 })
  })

  test.each([
    [
      "a registry without advisories",
      '{"message":"405 Method Not Allowed - POST /x","error":{}}',
      "405",
    ],
    ["no network", '{"error":{"code":"ECONNREFUSED","summary":""}}', "ECONNREFUSED"],
    ["an npm that was killed", "", "npm audit said nothing"],
    ["an npm that complains", "npm error something\nmore", "npm error something"],
    ["another report", '{"auditReportVersion":9}', "no vulnerabilities in it"],
    ["no object at all", "null", "no vulnerabilities in it"],
  ])("%s is no verdict, and says why", (_name, output, why) => {
    const audit = readAudit(output)
    expect(audit).toMatchObject({ kind: "not checked", why: expect.stringContaining(why) })
  })
})

describe("licences", () => {
  const under = (licence: string | undefined, part: Partial<LockedPackage> = {}) =>
    licenceFaults([{ ...whole, licence, ...part }])

  test("every one on the list passes, in what is deployed or with development alone", () => {
    for (const licence of Object.keys(ALLOWED)) {
      expect(under(licence, { isDevelopment: true })).toEqual([])
    }
    expect(under("MIT OR Nobody-1.0")).toEqual([])
    expect(under("(MIT AND Apache-2.0)")).toEqual([])
  })

  test.each([
    ["none at all", undefined],
    ["one that is not on the list", "GPL-3.0-only"],
    ["one of several that is not", "MIT AND GPL-3.0-only"],
    ["a choice of which none is", "GPL-2.0-only OR GPL-3.0-only"],
    ["a name of the language's own", "constructor"],
    ["a file instead of a name", "SEE LICENSE IN x.md"],
  ])("%s fails the check", (_name, licence) => {
    expect(under(licence, { isDevelopment: true })).toHaveLength(1)
  })

  test("one that may come with development alone is refused in what is deployed", () => {
    expect(under("LGPL-3.0-or-later")).toHaveLength(1)
    expect(under("LGPL-3.0-or-later", { isDevelopment: true })).toEqual([])
  })

  test("the page has every package under its licence, and is the one that stands in docs", () => {
    const packages = readLockFile(readFileSync("package-lock.json", "utf8"))
    const page = licencesPage(packages)
    expect(page).toBe(readFileSync("docs/licences.md", "utf8"))
    expect(page.match(/^- \S+@\d/gm)).toHaveLength(packages.length)
    expect(licencesPage([...packages, { ...whole, name: "zzz" }])).not.toBe(page)
  })
})

describe("the lock file and the manifest", () => {
  test("ours are pinned and whole", () => {
    expect(lockFaults(readLockFile(readFileSync("package-lock.json", "utf8")))).toEqual([])
    expect(pinFaults(readFileSync("package.json", "utf8"))).toEqual([])
  })

  test("a package without an integrity, with a weak one, or with a host is named", () => {
    expect(lockFaults([{ ...whole, integrity: undefined }])).toHaveLength(1)
    expect(lockFaults([{ ...whole, integrity: "sha1-abc" }])).toHaveLength(1)
    expect(lockFaults([{ ...whole, resolved: "https://packages.example/a.tgz" }])).toHaveLength(1)
  })

  test.each(["^1.0.0", "~1.0.0", ">=1", "1.x", "latest", "*", "", "file:../a", "github:a/b"])(
    "%j is no pin, wherever it stands",
    (version) => {
      for (const section of ["dependencies", "devDependencies", "optionalDependencies"]) {
        expect(pinFaults(JSON.stringify({ [section]: { a: version } }))).toHaveLength(1)
      }
    },
  )

  test("a lock file of another form is not read", () => {
    expect(() => readLockFile('{"lockfileVersion":1,"dependencies":{}}')).toThrow("version 1")
  })
})
