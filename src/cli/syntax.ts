// Syntax: how a command is written: its arguments and options.

interface Option {
  /** How its value is shown in the help; an option without one is a switch. */
  readonly value?: string
  /** One letter that stands for it. */
  readonly short?: string
  /** May be given several times. */
  readonly isList?: boolean
  readonly text: string
}

export type Options = Readonly<Record<string, Option>>

export interface Syntax {
  readonly name: string
  /** "ID NAME [JSON]": what must be given, what may be, and with "…" how often one likes. */
  readonly arguments: string
  readonly options: Options
}

/** The same for every command. */
export const GLOBAL_OPTIONS: Options = {
  url: {
    value: "URL",
    text: "where Belay answers; else BELAY_URL, else http://127.0.0.1 with PORT or 8787",
  },
  "token-file": { value: "FILE", text: "a file with the token; else BELAY_TOKEN" },
  "answer-timeout": {
    value: "DURATION",
    text: "how long an answer may take, beyond what is waited for; 30s unless given",
  },
  json: { text: "JSON instead of text" },
  help: { short: "h", text: "this help" },
}

/** Only without a command: `--version` of one is a workflow's. */
export const LONE_OPTIONS: Options = {
  version: { short: "V", text: "which belay this is" },
}
