// Limits that a workflow meets where it asks for something, each at its edge and one past it.
import { describe, expect, test } from "vitest"
import { optionalDuration, requireName } from "../../src/engine/workflow/argument-checks.ts"
import { requireChildOptions } from "../../src/engine/workflow/child-options.ts"
import { limitKeyOf, requireFlowLimits } from "../../src/engine/workflow/flow-limits.ts"
import {
  DURATION_MS_MAX,
  LIMIT_KEY_BYTES_MAX,
  NAME_BYTES_MAX,
  RATE_STARTS_MAX,
  RETENTION_MS_DEFAULT,
  RUN_ID_BYTES_MAX,
  TAG_BYTES_MAX,
  TAGS_MAX,
} from "../../src/engine/limits.ts"
import { Registry } from "../../src/engine/workflow/registry.ts"

const key = () => "k"

const EDGES: readonly (readonly [string, number, (size: number) => unknown])[] = [
  ["a name, in bytes", NAME_BYTES_MAX, (size) => requireName("n".repeat(size))],
  ["a duration, in ms", DURATION_MS_MAX, (size) => optionalDuration("sleep", size)],
  [
    "a child's id, in bytes",
    RUN_ID_BYTES_MAX,
    (size) => requireChildOptions({ id: "a".repeat(size) }),
  ],
  [
    "a child's tags",
    TAGS_MAX,
    (size) =>
      requireChildOptions({
        tags: Object.fromEntries(Array.from({ length: size }, (_, index) => [`t${index}`, ""])),
      }),
  ],
  [
    "a child's tag, in bytes",
    TAG_BYTES_MAX,
    (size) => requireChildOptions({ tags: { t: "v".repeat(size) } }),
  ],
  [
    "starts in the window of a rate",
    RATE_STARTS_MAX,
    (size) => requireFlowLimits("w", { key, rate: { starts: size, perMs: 1 } }),
  ],
  [
    "the key of a limit, in bytes",
    LIMIT_KEY_BYTES_MAX,
    (size) => limitKeyOf("w", { key: () => "k".repeat(size), concurrency: 1 }, []),
  ],
  [
    "how long an ended run is kept, in ms",
    DURATION_MS_MAX,
    (size) => new Registry().register("w", function* () {}, { retentionMs: size }),
  ],
]

describe.each(EDGES)("%s: %d is taken, one more is not", (_name, max, take) => {
  test("at the edge", () => {
    expect(() => take(max)).not.toThrow()
  })

  test("one past it", () => {
    expect(() => take(max + 1)).toThrow(/\d/)
  })
})

test("a run is kept for a month unless its workflow says otherwise", () => {
  const { retentionMs } = new Registry().register("w", function* () {})
  expect(retentionMs).toBe(RETENTION_MS_DEFAULT)
})

test("half a surrogate pair is no child's id: no path could lead to it", () => {
  expect(() => requireChildOptions({ id: "a\ud800" })).toThrow(/id of a child/)
  expect(() => requireChildOptions({ id: "a\ud83e\uddd7" })).not.toThrow()
})
