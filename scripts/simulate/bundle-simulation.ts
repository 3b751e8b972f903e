// Bundle simulation: the simulated platform, our real code and the programs as one file for a process of its own.
// Owns: what stands for the platform's modules, and faults put into the source on purpose.

import { readFile, writeFile } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { build, type Plugin } from "esbuild"
import type { Mutation } from "../../test/simulation/mutations/mutation.ts"
import { withInferredNames } from "./inferred-names.ts"

const ROOT = new URL("../../", import.meta.url)

interface BundleOptions {
  /** What is broken in it, if anything. */
  readonly mutation?: Mutation
  /** The file that exports the WORKLOADS. */
  readonly workloads?: string
}

/** @throws Error when the source has no place for the mutation */
export async function bundleSimulation(
  outfile: string,
  { mutation, workloads = "test/simulation/programs/workloads.ts" }: BundleOptions = {},
): Promise<void> {
  const { outputFiles } = await build({
    write: false,
    entryPoints: [pathOf("test/simulation/simulation-process.ts")],
    outfile,
    bundle: true,
    format: "esm",
    target: "es2024",
    platform: "node",
    conditions: ["workerd", "worker", "import"],
    alias: {
      "cloudflare:workers": pathOf("test/simulation/platform/workers-module.ts"),
      "simulation:workloads": pathOf(workloads),
      "simulation:services": pathOf("test/simulation/services/services.ts"),
    },
    // A step is named by its function.
    keepNames: true,
    sourcemap: mutation === undefined ? "inline" : false,
    sourcesContent: false,
    plugins: mutation === undefined ? [] : [mutating(mutation)],
    logLevel: mutation === undefined ? "warning" : "silent",
  })
  for (const { path, text } of outputFiles) await writeFile(path, withInferredNames(text))
}

function pathOf(path: string): string {
  return fileURLToPath(new URL(path, ROOT))
}

function mutating(mutation: Mutation): Plugin {
  const path = pathOf(`src/${mutation.file}`)
  return {
    name: "mutating",
    setup(builder) {
      builder.onLoad({ filter: /\.ts$/ }, async (file) =>
        file.path === path
          ? { contents: mutated(await readFile(path, "utf8"), mutation), loader: "ts" }
          : undefined,
      )
    },
  }
}

/** @throws Error unless there is exactly one place for it */
function mutated(source: string, { name, file, find, replace }: Mutation): string {
  const [before, after, ...others] = source.split(find)
  if (before !== undefined && after !== undefined && others.length === 0) {
    return before + replace + after
  }
  throw new Error(
    `Mutation "${name}": its text occurs ${others.length + (after === undefined ? 0 : 1)} times in src/${file}; it must occur once. Fit it to the source.`,
  )
}
