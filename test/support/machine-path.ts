// Machine path: where a person's shell looks for programs, without what npm adds for the scripts of this folder: the
// Node found there is the machine's own.

import { delimiter, join } from "node:path"

export function machinePath(): string {
  const own = join("node_modules", ".bin")
  return (process.env["PATH"] ?? "")
    .split(delimiter)
    .filter((folder) => !folder.endsWith(own) && !folder.includes("node-gyp-bin"))
    .join(delimiter)
}
