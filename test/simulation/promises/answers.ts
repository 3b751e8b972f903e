// Answers: what people outside were told, which from then on must hold.
// Owns: the shapes. Must not touch: who asks (programs/people.ts).

/** What the caller of a verb asked for and got. */
export type Answered =
  | {
      readonly verb: "start"
      readonly workflow: string
      /** The input as the codec's text. */
      readonly input: string
      readonly result:
        | {
            readonly type: "ok"
            readonly created: boolean
            readonly incarnation: string
            readonly workflow: string
            readonly input: string
          }
        | Refused
      /** Lives of the run that were there at some time between the question and the answer. */
      readonly lives: readonly {
        readonly incarnation: string
        readonly workflow: string
        readonly input: string
      }[]
    }
  | {
      readonly verb: "signal"
      readonly name: string
      readonly key: string | undefined
      readonly result: { readonly type: "ok" } | Refused
    }
  | {
      readonly verb: "update"
      readonly name: string
      readonly key: string
      readonly result:
        | { readonly type: "ok"; readonly state: string; readonly text?: string | undefined }
        | Refused
    }
  | {
      readonly verb: "settle"
      readonly token: string
      readonly result:
        | { readonly type: "ok"; readonly status: string; readonly text?: string | undefined }
        | Refused
    }
  | {
      readonly verb: "get"
      readonly result:
        { readonly type: "ok"; readonly status: string; readonly incarnation: string } | Refused
    }
  | {
      readonly verb: "cancel" | "kill" | "pause" | "resume" | "retry" | "skip" | "fork" | "delete"
      readonly result: { readonly type: "ok" } | Refused
    }

/** A code of the closed list. */
interface Refused {
  readonly type: "refused"
  readonly code: string
}
