// Calls that share a commit: they must not share their failures.
import { expect, test } from "vitest"
import { CommitGroup } from "../../src/relay/embedded/commit-group.ts"
import { IN_MEMORY } from "../../src/relay/embedded/embedded-ledger.ts"
import { Store } from "../../src/relay/embedded/store.ts"

function openGroup() {
  const store = new Store(IN_MEMORY)
  return { store, group: new CommitGroup(store) }
}

test("a call that throws is undone alone, its open chain included", async () => {
  const { store, group } = openGroup()
  const results = await Promise.allSettled([
    group.run(() => store.burn(1n, "first", 1n)),
    group.run(() => {
      store.burn(2n, "second", 2n)
      store.openScope("chain")
      store.burn(3n, "second", 2n)
      throw new Error("a bug in the second call")
    }),
    group.run(() => store.burn(4n, "third", 3n)),
  ])
  expect(results.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"])
  expect([1n, 2n, 3n, 4n].map((id) => store.isBurned(id))).toEqual([true, false, false, true])
})

test("calls run in their order, and each gets its own result", async () => {
  const { group } = openGroup()
  const order: number[] = []
  const calls = [1, 2, 3].map((number) =>
    group.run(() => {
      order.push(number)
      return number * 10
    }),
  )
  expect(await Promise.all(calls)).toEqual([10, 20, 30])
  expect(order).toEqual([1, 2, 3])
})

test("when the commit fails, every call of the group fails", async () => {
  const { store, group } = openGroup()
  const calls = [1n, 2n].map((id) => group.run(() => store.burn(id, "lost", 1n)))
  store.close()
  const results = await Promise.allSettled(calls)
  expect(results.map(({ status }) => status)).toEqual(["rejected", "rejected"])
})
