// Hostile text: what people put into paths, names and values to see what gives.
// Owns: the lists and the arbitraries made of them. Pure.

import * as fc from "fast-check"

/** As they stand in a path, percent-encoded or not. None has a space or a control character: a request line has none. */
const HOSTILE_SEGMENTS: readonly string[] = [
  "",
  ".",
  "..",
  "%2e",
  "%2e%2e",
  "%2E%2E%2Fhealthz",
  "..%2f..%2fetc%2fpasswd",
  "%00",
  "a%00b",
  "%0d%0aset-cookie:x=1",
  "%c0%ae%c0%ae",
  "%ff",
  "%ed%a0%80",
  "%f4%90%80%80",
  "%",
  "%2",
  "%zz",
  "%u0041",
  "%25",
  "%252e%252e",
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "hasOwnProperty",
  "a%2Fb",
  "a%5cb",
  "a%3Fb",
  "a%23b",
  "*",
  ":id",
  "{id}",
  "%7F",
  "%C2%85",
  "%E2%80%AE",
  "%EF%BB%BF",
  "%EF%BF%BD",
  "%F0%9F%98%80",
  "'%20OR%201=1--",
  "%3Cscript%3E",
  "$%7Bjndi:ldap:%7D",
  "%61".repeat(256),
  "a".repeat(256),
  "a".repeat(257),
  "a".repeat(200),
  "a".repeat(201),
  "%C3%A9".repeat(128),
  "%C3%A9".repeat(129),
  "a".repeat(6_000),
]

/** Decoded. */
export const HOSTILE_TEXTS: readonly string[] = [
  "",
  " ",
  ".",
  "..",
  "\u0000",
  "a\u0000b",
  "\r\nset-cookie: x=1",
  "\ud800",
  "a\udfffb",
  "\ud83d\ude00",
  "\ufeff",
  "\u202e",
  "__proto__",
  "constructor",
  "prototype",
  "toString",
  "valueOf",
  "then",
  "toJSON",
  "<img src=x onerror=alert(1)>",
  "' OR 1=1 --",
  "${7*7}",
  "!-1",
  "![[0]]",
  "[cycle]",
  "../../etc/passwd",
  "NaN",
  "1e999",
  "x".repeat(255),
  "x".repeat(256),
  "x".repeat(257),
  "é".repeat(129),
  "x".repeat(100_000),
]

export const hostileText: fc.Arbitrary<string> = fc.oneof(
  fc.constantFrom(...HOSTILE_TEXTS),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ maxLength: 12 }),
)

/** Characters that may stand in a request line unencoded. */
const rawSegment = fc.string({
  unit: fc.constantFrom(...Array.from("abcXYZ019-_.~!$&'()*+,;=:@%")),
  maxLength: 24,
})

export const hostileSegment: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...HOSTILE_SEGMENTS) },
  { weight: 1, arbitrary: rawSegment },
  {
    weight: 1,
    arbitrary: fc
      .uint8Array({ minLength: 1, maxLength: 12 })
      .map((bytes) =>
        Array.from(bytes, (byte) => `%${byte.toString(16).padStart(2, "0")}`).join(""),
      ),
  },
)

/** A value that JSON can carry, of any odd kind. */
export const hostileJson: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(
    null,
    true,
    false,
    0,
    -0,
    -1,
    1,
    1.5,
    2 ** 53,
    -(2 ** 53),
    1e308,
    Number.MIN_VALUE,
    4_294_967_296,
    [],
    {},
    [[]],
    [null],
    { a: { b: { c: {} } } },
    "",
    "1",
    "true",
    "2026-01-31T08:00:00.000Z",
    "+275760-09-13T00:00:00.000Z",
    "-271821-04-20T00:00:00.000Z",
    "2026-02-31T08:00:00.000Z",
  ),
  hostileText,
  fc.jsonValue({ maxDepth: 4 }),
)
