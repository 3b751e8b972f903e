// Press: whether a pointer is down inside an element: what is put in the place of what it is on takes its click away.
// Owns: when what had to wait is done. Must not touch: what that is.

export class Press {
  #isDown = false
  #isOwed = false

  /** @param redraw is called once the pointer is up, where something had to wait */
  constructor(root: HTMLElement, redraw: () => void, signal: AbortSignal) {
    root.addEventListener("pointerdown", () => (this.#isDown = true), { signal })
    const up = () => {
      // The click comes right behind it.
      setTimeout(() => {
        this.#isDown = false
        if (this.#isOwed && !signal.aborted) redraw()
        this.#isOwed = false
      }, 0)
    }
    for (const event of ["pointerup", "pointercancel"]) {
      document.addEventListener(event, up, { signal })
    }
  }

  /** Whether it has to wait. */
  holds(): boolean {
    this.#isOwed ||= this.#isDown
    return this.#isDown
  }
}
