// What cannot be seen in an id is shown, and everything else is left as it is.

import { expect, test } from "vitest"
import { headingOf, placeOf } from "../../src/console/place.ts"
import { visibleText } from "../../src/console/visible-text.ts"

test.each([
  ["\u202eevil", "⟨U+202E⟩evil"],
  ["pay\u200bment", "pay⟨U+200B⟩ment"],
  ["\ufeff", "⟨U+FEFF⟩"],
  ["a\u3164b\u00a0c\u{e0061}", "a⟨U+3164⟩b⟨U+00A0⟩c⟨U+E0061⟩"],
  ["order/1 ü 😀 مرحبا", "order/1 ü 😀 مرحبا"],
])("%j is shown as %j", (text, shown) => {
  expect(visibleText(text)).toBe(shown)
})

test("the heading of a run turns nothing around", () => {
  expect(headingOf(placeOf(new URLSearchParams({ run: "\u202eevil" })))).toBe("⟨U+202E⟩evil")
})
