// Turn: one turn of the event loop: everything else runs that can.

/** Of these turns none waits: whatever only takes promises is done by then. */
const QUICK_TURNS = 20

// As they are now: a test may put fake timers in their place, and the event loop still has to turn.
const { setTimeout: later } = globalThis
const soon: ((then: () => void) => unknown) | undefined = (
  globalThis as { setImmediate?: (then: () => void) => unknown }
).setImmediate

/** Lets everything else run that can; from the 21st turn in a row on a millisecond or so passes. */
export async function turn(number: number): Promise<void> {
  await new Promise<void>((resolve) => {
    if (soon !== undefined && number < QUICK_TURNS) soon(resolve)
    else later(resolve, 0)
  })
}
