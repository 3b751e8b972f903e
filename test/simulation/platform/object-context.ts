// Object context: `ctx` as an object's code sees it: its name, its storage, and how it ends itself.
// Whoever aborts it is thrown out of the call, and nothing that he still writes is written. Sockets are not simulated: nobody listens.

import type { ObjectStorage } from "./object-storage.ts"

export function objectContext(
  name: string,
  storage: ObjectStorage,
  abort: (reason?: string) => never,
): object {
  return {
    id: { name, toString: () => name },
    storage,
    abort,
    getWebSockets: () => [],
    waitUntil: () => undefined,
    blockConcurrencyWhile: (work: () => Promise<unknown>) => work(),
  }
}
