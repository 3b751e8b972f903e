// Verbs: what a person asks of a run with no more than a reason: the words of each dialog, and what is said afterwards.

export type Verb = "pause" | "resume" | "retry" | "cancel" | "kill" | "crash"

interface VerbWords {
  readonly title: string
  readonly lines: readonly string[]
  readonly verb: string
  readonly done: string
  readonly isDangerous?: boolean
}

export const VERBS: Readonly<Record<Verb, VerbWords>> = {
  pause: {
    title: "Pause this run?",
    lines: ["Nothing new begins until it is resumed. What is in flight may end, and is recorded."],
    verb: "Pause",
    done: "Paused.",
  },
  resume: {
    title: "Resume this run?",
    lines: ["It goes on, with what fell due meanwhile."],
    verb: "Resume",
    done: "It goes on.",
  },
  retry: {
    title: "Retry this run?",
    lines: ["It goes on from what stopped it. What was recorded before stands."],
    verb: "Retry",
    done: "It goes on.",
  },
  cancel: {
    title: "Cancel this run?",
    lines: ["It unwinds: its cleanup runs, its children are cancelled, and then it ends."],
    verb: "Cancel the run",
    done: "It unwinds.",
    isDangerous: true,
  },
  kill: {
    title: "Kill this run?",
    lines: ["It ends where it stands. No cleanup runs, and nothing is undone."],
    verb: "Kill the run",
    done: "Killed.",
    isDangerous: true,
  },
  crash: {
    title: "Crash it?",
    lines: [
      "The run's object is taken out of memory, in the middle of whatever it does. Nothing is told to it.",
      "It comes back by its alarm and replays its journal; a step in flight is made again. Watch the timeline.",
    ],
    verb: "Crash it",
    done: "Crashed. It comes back by itself: watch the timeline.",
  },
}
