// Door: the way to an object of the world for somebody outside.

import type { World } from "../words.ts"

interface Namespace<Door> {
  idFromName(name: string): unknown
  get(id: unknown): Door
}

export function doorOf<Door>({ env }: World, binding: string, name: string): Door {
  const namespace = (env as Record<string, Namespace<Door>>)[binding]
  if (namespace === undefined) throw new Error(`The world has no binding ${binding}.`)
  return namespace.get(namespace.idFromName(name))
}
