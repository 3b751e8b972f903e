// The console's script stands in the source as text, which no compiler reads: it is parsed here.

import { Script } from "node:vm"
import { expect, test } from "vitest"
import { SCRIPT } from "../../src/console/script.ts"

test("the script of the console is JavaScript", () => {
  expect(() => new Script(SCRIPT)).not.toThrow()
  expect(SCRIPT).not.toContain("innerHTML")
})
