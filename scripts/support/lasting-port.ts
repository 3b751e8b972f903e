// Lasting port: a port on loopback for a server that is killed and started again.
// While such a server is down, nobody else may come upon its port: the system hands out ports of the ephemeral range to
// connections, and a client that knocks at a port of that range often enough is once given the port itself and meets
// itself. So it is taken from below that range.

import { randomInt } from "node:crypto"
import { isFreePort } from "./free-port.ts"

const PORT_MIN = 12_000
/** Where Linux begins with ephemeral ports; other systems begin higher. */
const PORT_MAX = 32_768

/** A port that is free now. */
export async function lastingPort(): Promise<number> {
  for (;;) {
    const port = randomInt(PORT_MIN, PORT_MAX)
    if (await isFreePort(port)) return port
  }
}
