// Download: gives a person something as a file.

import { element } from "../element.ts"

/** How long the browser may take to begin reading it. */
const KEPT_MS = 60_000

export function download(content: Blob, name: string): void {
  const address = URL.createObjectURL(content)
  const link = element("a", { href: address, download: name })
  link.click()
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS)
}
