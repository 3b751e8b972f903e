#!/usr/bin/env node
// Belay: `npx belay` in this folder: the command line made of its source, for any Node from 20 on, also one that reads no
// TypeScript. Plain JavaScript for that reason. The package has it made already (scripts/package.ts).

import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const { outputFiles } = await build({
  entryPoints: [fileURLToPath(new URL("../src/cli/main.ts", import.meta.url))],
  bundle: true,
  platform: "node",
  format: "esm",
  target: "node20",
  write: false,
  logLevel: "warning",
})
await import(
  `data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`
)
