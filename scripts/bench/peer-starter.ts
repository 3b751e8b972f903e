// Peer starter: starts the peers that are wanted and remembers what they said of themselves, for the report.
// Owns: which are wanted. Must not touch: how one is started (peers/peer.ts).

import { Peer } from "./peers/peer.ts"
import type { SkippedPeer, StartedPeer } from "./peer.ts"
import type { PeerNote } from "./report.ts"

export class PeerStarter {
  readonly names: readonly string[]
  readonly #notes = new Map<string, PeerNote>()

  /** @throws Error for a name that no peer has */
  constructor(wanted: readonly string[] | undefined) {
    const unknown = wanted?.find((name) => !isPeerName(name))
    if (unknown !== undefined) {
      throw new Error(`No peer "${unknown}"; there are ${Peer.names.join(", ")}.`)
    }
    this.names = wanted ?? Peer.names
  }

  /** Those that were started, or could not be. */
  get peers(): readonly PeerNote[] {
    return [...this.#notes.values()]
  }

  readonly start = async (name: string): Promise<StartedPeer | SkippedPeer> => {
    const peer = await this.#tryStart(name)
    if ("skipped" in peer) this.#notes.set(name, { name, fullName: name, skipped: peer.skipped })
    else {
      const { name: fullName, isDurable, setup } = peer.ready
      this.#notes.set(name, { name, fullName, isDurable, setup })
    }
    return peer
  }

  async #tryStart(name: string): Promise<StartedPeer | SkippedPeer> {
    if (!isPeerName(name)) return { skipped: "there is no such peer" }
    try {
      return await Peer.start(name)
    } catch (error) {
      const [why = ""] = String(error instanceof Error ? error.message : error).split("\n")
      return { skipped: `it did not start: ${why}` }
    }
  }
}

function isPeerName(name: string): name is (typeof Peer.names)[number] {
  return Peer.names.some((each) => each === name)
}
