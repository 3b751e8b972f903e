// Update view: how an update stands, as JSON: its reply, where to ask again, or why it was refused.

import { decode } from "../engine/values/codec.ts"
import type { UpdateAnswer } from "../engine/ports/runs.ts"
import { errorAnswer } from "./error-response.ts"
import { describeThrown } from "./error-view.ts"
import { viewValue, type View } from "./value-view.ts"

type Accepted = Exclude<UpdateAnswer, { readonly state: "rejected" }>

/** @param link where the update's answer is asked for */
export function viewUpdate(answer: Accepted, link: string, view: View): Record<string, unknown> {
  return answer.state === "replied"
    ? { reply: viewValue(answer.replyText, view) }
    : { statusUrl: `${link}?key=${encodeURIComponent(answer.key)}` }
}

/** 422 with what the workflow said against it. */
export function rejectedAnswer(errorText: string, view: View): Response {
  const { message, details } = describeThrown(decode(errorText), view)
  return errorAnswer("rejected", message, details)
}
