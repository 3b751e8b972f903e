// Lock file: what package-lock.json and package.json say of the packages that are installed.
// Owns: reading the two, and the rules of their form: exact versions, an integrity for each, nobody's host.

export interface LockedPackage {
  readonly name: string
  readonly version: string
  /** As the package says it; `undefined` when it says nothing. */
  readonly licence: string | undefined
  readonly integrity: string | undefined
  readonly resolved: string | undefined
  readonly isDevelopment: boolean
  readonly isOptional: boolean
}

interface RawPackage {
  readonly version?: string
  readonly license?: string
  readonly integrity?: string
  readonly resolved?: string
  readonly dev?: boolean
  readonly devOptional?: boolean
  readonly optional?: boolean
  readonly link?: boolean
}

/** Every package but the project itself, by name and version. @throws Error for a file of another form */
export function readLockFile(text: string): LockedPackage[] {
  const { lockfileVersion, packages } = JSON.parse(text) as {
    readonly lockfileVersion?: unknown
    readonly packages?: Readonly<Record<string, RawPackage>>
  }
  if (lockfileVersion !== 3 || packages === undefined) {
    throw new Error(`The lock file has version ${String(lockfileVersion)}; 3 can be read here.`)
  }
  return Object.entries(packages)
    .filter(([path]) => path !== "")
    .map(([path, raw]) => ({
      name: path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length),
      version: raw.version ?? "",
      licence: raw.license,
      integrity: raw.integrity,
      resolved: raw.resolved,
      isDevelopment: raw.dev === true || raw.devOptional === true,
      isOptional: raw.optional === true,
    }))
    .sort((left, right) => (nameOf(left) < nameOf(right) ? -1 : 1))
}

export function nameOf({ name, version }: Pick<LockedPackage, "name" | "version">): string {
  return `${name}@${version}`
}

/** What the lock file must not be: each fault with the package that has it. */
export function lockFaults(packages: readonly LockedPackage[]): string[] {
  return packages.flatMap((each) => {
    const faults: string[] = []
    if (each.integrity === undefined || !each.integrity.startsWith("sha512-")) {
      faults.push(`${nameOf(each)} has no sha512 integrity; install it again with npm.`)
    }
    // Where it is fetched from is a matter of who installs it; the integrity says what is fetched.
    if (each.resolved !== undefined) {
      faults.push(
        `${nameOf(each)} names a host in the lock file; see .npmrc, and install it again.`,
      )
    }
    return faults
  })
}

const SECTIONS = ["dependencies", "devDependencies", "optionalDependencies", "peerDependencies"]

/** 1.2.3 and 1.2.3-beta.4; no range, no tag, no address. */
const EXACT = /^\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?$/

/** Dependencies of package.json that are not pinned to one version. */
export function pinFaults(manifestText: string): string[] {
  const manifest = JSON.parse(manifestText) as Readonly<Record<string, unknown>>
  return SECTIONS.flatMap((section) =>
    Object.entries(Object(manifest[section]) as Record<string, unknown>)
      .filter(([, version]) => typeof version !== "string" || !EXACT.test(version))
      .map(([name, version]) => `${section}: ${name} is "${String(version)}"; pin one version.`),
  )
}
