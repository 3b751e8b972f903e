// Bundle: a Worker's TypeScript as the one module that a runtime loads.

import { build } from "esbuild"

export async function bundleWorker(entry: string, outfile: string): Promise<void> {
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    format: "esm",
    target: "es2024",
    platform: "neutral",
    mainFields: ["module", "main"],
    conditions: ["workerd", "worker", "import"],
    external: ["cloudflare:*", "node:*"],
    // As wrangler does: a step is named by its function.
    keepNames: true,
    logLevel: "warning",
  })
}
