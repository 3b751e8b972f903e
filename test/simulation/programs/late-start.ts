// Late start: the one thing that a run object throws at another object of ours that is no answer: a start that was longer on
// its way than it is good for, which its sender sends again while it is meant (START_VALID_MS).

const LATE_START =
  /^A start of run "[^"]*" was too long on its way; it is sent again if it is still meant\.$/

export function isLateStart(thrown: unknown): boolean {
  return thrown instanceof Error && LATE_START.test(thrown.message)
}
