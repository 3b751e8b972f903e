// Killed: how a process dies in the middle of what it does: thrown out of a write, caught by the process alone.

export class Killed extends Error {
  constructor() {
    super("The process was killed by the test.")
    this.name = "Killed"
  }
}
