// A short fuzz of the codec, with a fixed seed; `npm run fuzz -- --only codec` is the long one.
import { expect, test } from "vitest"
import { searchCodec } from "../../scripts/fuzz/codec-fuzzer.ts"
import { newTally } from "../../scripts/fuzz/search.ts"

test("any value comes back or is refused by name, and so is any text", async () => {
  const tally = newTally()
  expect(await searchCodec(42, 60, tally)).toBeUndefined()
  for (const answer of ["value kept", "value refused", "text read", "text refused"]) {
    expect(tally.answers.get(answer)).toBeGreaterThan(3)
  }
})
