// The limits of who may ask, each at its edge and one past it: the clock's, and the secret's length.
import { expect, test } from "vitest"
import { CLOCK_SKEW_MS_MAX, SECRET_CHARACTERS_MIN } from "../../src/ledger/limits.ts"
import { Authenticator } from "../../src/relay/access/authenticator.ts"
import { EVERY_RIGHT } from "../../src/relay/access/key-rights.ts"
import { readKeys } from "../../src/relay/key-settings.ts"
import { KEY, signBytes } from "./relay-kit.ts"

const NOW_MS = Date.UTC(2026, 0, 1)

test("a clock may be off by so much, either way, and by no millisecond more", async () => {
  const authenticator = new Authenticator(
    new Map([[KEY.id, { secret: KEY.secret, rights: EVERY_RIGHT }]]),
  )
  const claimAt = async (offsetMs: number) => {
    const headers = await signBytes(new Uint8Array(), { timeMs: NOW_MS + offsetMs })
    return authenticator.readClaim(headers, NOW_MS).kind
  }
  expect(await claimAt(CLOCK_SKEW_MS_MAX)).toBe("claimed")
  expect(await claimAt(-CLOCK_SKEW_MS_MAX)).toBe("claimed")
  expect(await claimAt(CLOCK_SKEW_MS_MAX + 1)).toBe("refused")
  expect(await claimAt(-CLOCK_SKEW_MS_MAX - 1)).toBe("refused")
})

test("a secret has so many characters at least, and no message shows one that has fewer", () => {
  const keysWith = (length: number) => readKeys(JSON.stringify({ k1: "s".repeat(length) }))
  expect(keysWith(SECRET_CHARACTERS_MIN).get("k1")?.secret).toHaveLength(SECRET_CHARACTERS_MIN)
  expect(() => keysWith(SECRET_CHARACTERS_MIN - 1)).toThrow(/too short/)
  expect(() => keysWith(SECRET_CHARACTERS_MIN - 1)).not.toThrow(/ssss/)
})
