// The written-out HMAC against Node's own.
import { createHmac } from "node:crypto"
import { assert, property, string, uint8Array } from "fast-check"
import { expect, test } from "vitest"
import { Hmac } from "../../src/relay/access/hmac.ts"

function expected(secret: string, text: string): string {
  return createHmac("sha256", secret).update(text).digest("hex")
}

test("for any secret and any ASCII text it is what Node's is", () => {
  const ascii = uint8Array({ maxLength: 1_024 }).map((bytes) => {
    return String.fromCharCode(...bytes.map((byte) => byte & 0x7f))
  })
  assert(
    property(string({ unit: "binary", maxLength: 200 }), ascii, ascii, (secret, text, next) => {
      const hmac = new Hmac(secret)
      // The second text is written over the first one.
      for (const each of [text, next]) expect(hmac.sign(each)).toBe(expected(secret, each))
    }),
  )
})

test("keys shorter than a block, as long and longer", () => {
  for (const length of [1, 63, 64, 65, 500]) {
    const secret = "k".repeat(length)
    expect(new Hmac(secret).sign("text")).toBe(expected(secret, "text"))
  }
})

test("only the code of this very text is accepted", () => {
  const hmac = new Hmac("a secret for the relay's tests")
  const code = hmac.sign("text")
  expect(hmac.verify("text", code)).toBe(true)
  expect(hmac.verify("tex", code)).toBe(false)
  for (let index = 0; index < code.length; index += 1) {
    const digit = code[index] === "0" ? "1" : "0"
    const changed = `${code.slice(0, index)}${digit}${code.slice(index + 1)}`
    expect(hmac.verify("text", changed)).toBe(false)
  }
  for (const other of ["", code.slice(1), `${code}0`, code.toUpperCase()]) {
    expect(hmac.verify("text", other)).toBe(false)
  }
})

test("a text that could not be told from another one is refused", () => {
  const hmac = new Hmac("a secret for the relay's tests")
  expect(() => hmac.sign("ü")).toThrow(RangeError)
  expect(() => hmac.sign("x".repeat(1_025))).toThrow(RangeError)
})
