// Console: bundles the console's browser code and style into src/console/bundle.ts, which is committed, so that whoever
// deploys or installs needs no build step. npm run console; a house test fails while the file is not current.

import { writeFileSync } from "node:fs"
import { gzipSync } from "node:zlib"
import { BUNDLE_FILE, bundleConsole } from "./console/bundle-console.ts"

const text = await bundleConsole()
writeFileSync(BUNDLE_FILE, text)
console.log(`${BUNDLE_FILE}: ${text.length} characters, ${gzipSync(text).length} bytes compressed.`)
