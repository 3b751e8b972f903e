// Where one is, by the URL, and the frame that the server draws for it.

import { expect, test } from "vitest"
import { frameHtml } from "../../src/console/frame.ts"
import { addressOfRun, headingOf, isSameView, placeOf } from "../../src/console/place.ts"

const place = (text: string) => placeOf(new URLSearchParams(text))

const frame = (text: string) => frameHtml(place(text), { nonce: "n", script: "", style: "" })

test.each([
  ["", "runs", "Runs"],
  ["view=inbox", "inbox", "Operator inbox"],
  ["view=nobody", "runs", "Runs"],
  ["run=", "runs", "Runs"],
  ["run=order%2F42", "run", "order/42"],
  ["view=inbox&run=a", "run", "a"],
])('"%s" is the view %s, under the heading %s', (text, view, heading) => {
  expect(place(text).view).toBe(view)
  expect(headingOf(place(text))).toBe(heading)
  expect(frame(text)).toContain(`>${heading}</h1>`)
  expect(frame(text)).toContain(`<title>${heading} · Belay</title>`)
})

test("the frame says which view is open, and only of that one", () => {
  expect(frame("view=ledger").match(/data-view="[a-z]+" aria-current="page"/g)).toEqual([
    'data-view="ledger" aria-current="page"',
  ])
  expect(frame("run=a")).not.toContain("aria-current")
})

test("what stands in the URL is text in the frame, whatever it looks like", () => {
  const id = `"><script>alert('&')</script>`
  const html = frame(`run=${encodeURIComponent(id)}`)
  expect(html).not.toContain("<script>alert")
  expect(html).toContain("&#34;&#62;&#60;script&#62;alert(&#39;&#38;&#39;)")
  expect(placeOf(new URL(addressOfRun(id), "http://belay").searchParams).runId).toBe(id)
})

test("other filters are the same view, another run is not", () => {
  expect(isSameView(place("status=halted"), place("status=failed"))).toBe(true)
  expect(isSameView(place("run=a"), place("run=b"))).toBe(false)
  expect(isSameView(place("run=a"), place(""))).toBe(false)
})
