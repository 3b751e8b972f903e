// Lasting ports: ports on loopback that a peer keeps over its restarts.
// Owns: the file in its folder that remembers them.

import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { lastingPort } from "../../../support/lasting-port.ts"

export async function lastingPorts<Name extends string>(
  folder: string,
  names: readonly Name[],
): Promise<Readonly<Record<Name, number>>> {
  const file = join(folder, "ports.json")
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Record<Name, number>
  const ports = new Set<number>()
  while (ports.size < names.length) ports.add(await lastingPort())
  const values = [...ports]
  const byName = Object.fromEntries(names.map((name, index) => [name, values[index]])) as Record<
    Name,
    number
  >
  writeFileSync(file, JSON.stringify(byName))
  return byName
}
