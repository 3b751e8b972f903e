// Version: which belay this is, as its package says.

import manifest from "../../package.json" with { type: "json" }

export const VERSION = `${manifest.name} ${manifest.version}`
