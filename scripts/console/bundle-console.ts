// Bundle console: the browser's modules and styles as the text of one TypeScript file.
// Owns: what the generated file looks like. Must not touch: the disk beyond reading the sources.

import { build } from "esbuild"
import { fileURLToPath } from "node:url"

const ROOT = fileURLToPath(new URL("../..", import.meta.url))

/** From the project's root. */
export const BUNDLE_FILE = "src/console/bundle.ts"

const HEAD = `// Bundle: the console's script and style, as the page carries them. Made by \`npm run console\` from src/console/browser;
// do not edit.
`

/** The text of `BUNDLE_FILE`; the same sources give the same text. */
export async function bundleConsole(): Promise<string> {
  const script = await bundled("src/console/browser/main.ts")
  const style = await bundled("src/console/browser/style/main.css")
  return `${HEAD}
export const SCRIPT = ${JSON.stringify(script)}

export const STYLE = ${JSON.stringify(style)}
`
}

async function bundled(entry: string): Promise<string> {
  const { outputFiles } = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    write: false,
    bundle: true,
    minify: true,
    charset: "utf8",
    legalComments: "none",
    format: "iife",
    target: ["chrome120", "firefox121", "safari17"],
    logLevel: "warning",
  })
  return outputFiles[0]?.text.trim() ?? ""
}
