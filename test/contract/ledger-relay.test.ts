// The edge-side client against the contract, through a real relay over HTTP on loopback.
import { RelayLedger } from "../../src/ledger/relay-ledger.ts"
import { EmbeddedLedger, IN_MEMORY } from "../../src/relay/embedded/embedded-ledger.ts"
import { Relay } from "../../src/relay/relay.ts"
import { describeLedger } from "./ledger-contract.ts"
import { ManualClock } from "./ledger-manual-clock.ts"

const key = { id: "contract", secret: "a secret for the contract suite" }

describeLedger({
  name: "client and relay over HTTP",
  open: async () => {
    const clock = new ManualClock()
    const relay = await Relay.start({
      ledger: new EmbeddedLedger({ path: IN_MEMORY, now: clock.now }),
      keys: new Map([[key.id, key.secret]]),
      rules: { imported: "allowed" },
    })
    return {
      ledger: new RelayLedger({ urls: [relay.url], key }),
      habits: ["repeats_first_reasons", "shares_answers"],
      advance: clock.advance,
      advanceTo: clock.advanceTo,
      close: () => relay.drain(),
    }
  },
  // Flags travel by name, so one without a name cannot be sent.
  meets: ["any_time", "exact_time"],
})
