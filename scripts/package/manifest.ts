// Manifest: the package's own package.json, made of this folder's.
// Owns: which entries it has and what it depends on.
//   M1. It depends on what its modules import and on nothing else, at the version that was tested.

export interface Manifest {
  readonly name: string
  readonly version: string
  readonly description: string
  readonly license: string
  readonly scripts: Readonly<Record<string, string>>
  readonly exports: Readonly<Record<string, string>>
  readonly dependencies: Readonly<Record<string, string>>
}

/** The oldest Node that the command line, the client and the test kit run on; this folder's own tools want a newer one. */
export const NODE_MAJOR = 20

/** Where `belay` stands below the compiled library. */
export const COMMAND_LINE = "cli/belay.js"

/** Imports of packages in compiled modules, where they stand at the beginning of a line. */
const IMPORT = /^(?:import "|(?:import|export) [^;"]*? from ")([^."][^"]*)";$/gm
/** What the runtime brings along. */
const RUNTIME = /^(?:cloudflare|node):/

/**
 * @param modules the compiled modules' texts
 * @param folder where they stand
 */
export function packageManifest(
  { name, version, description, license, scripts, exports, dependencies }: Manifest,
  modules: readonly string[],
  folder: string,
): Record<string, unknown> {
  return {
    name,
    version,
    description,
    license,
    type: "module",
    engines: { node: `>=${NODE_MAJOR}` },
    files: [folder],
    // What brings this folder's manifest back (scripts/package.ts).
    scripts: { postpack: scripts["postpack"] },
    exports: Object.fromEntries(
      Object.entries(exports).map(([entry, source]) => [entry, compiled(source, folder)]),
    ),
    bin: { belay: `${folder}/${COMMAND_LINE}` },
    dependencies: Object.fromEntries(
      importedBy(modules).map((each) => [each, versionOf(each, dependencies)]),
    ),
  }
}

/** "./src/client/index.ts" → what it was compiled to. */
function compiled(
  source: string,
  folder: string,
): { readonly types: string; readonly default: string } {
  const path = source.replace(/^\.\/src\//, `./${folder}/`).replace(/\.ts$/, "")
  return { types: `${path}.d.ts`, default: `${path}.js` }
}

function importedBy(modules: readonly string[]): string[] {
  const names = new Set<string>()
  for (const module of modules) {
    for (const [, target = ""] of module.matchAll(IMPORT)) {
      if (!RUNTIME.test(target)) names.add(packageOf(target))
    }
  }
  return [...names].sort()
}

function packageOf(target: string): string {
  return target
    .split("/")
    .slice(0, target.startsWith("@") ? 2 : 1)
    .join("/")
}

/** @throws Error when a module imports what is no dependency */
function versionOf(name: string, dependencies: Readonly<Record<string, string>>): string {
  const version = dependencies[name]
  if (version === undefined) {
    throw new Error(`The library imports "${name}", which is not among the dependencies.`)
  }
  return version
}
