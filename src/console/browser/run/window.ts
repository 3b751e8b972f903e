// Window: which rows of a long list have to be there: those in view and a few beyond, whatever its length.
// Owns: the arithmetic. Must not touch: the page. Pure.

/** Rows kept beyond each edge: what a quick turn of the wheel brings into view before the next frame. */
const MARGIN = 12

export interface Window {
  readonly first: number
  /** The first one that is not there. */
  readonly end: number
}

export interface View {
  readonly count: number
  readonly rowHeight: number
  readonly scrollTop: number
  readonly height: number
}

export function windowOf({ count, rowHeight, scrollTop, height }: View): Window {
  const first = Math.max(Math.floor(scrollTop / rowHeight) - MARGIN, 0)
  const end = Math.min(Math.ceil((scrollTop + height) / rowHeight) + MARGIN, count)
  return { first: Math.min(first, end), end }
}

/** Where to scroll to, so that a row is in view; `undefined` when it is. */
export function scrollTo(
  index: number,
  { rowHeight, scrollTop, height }: Omit<View, "count">,
): number | undefined {
  const top = index * rowHeight
  if (top < scrollTop) return top
  if (top + rowHeight > scrollTop + height) return top + rowHeight - height
  return undefined
}
