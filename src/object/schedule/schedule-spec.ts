// Schedule spec: what a request for a schedule becomes: everything checked, every default filled in.
// Owns: the defaults, and which requests are refused. Must not touch: objects; nothing is addressed for a bad request.

import { utf8Bytes } from "../../engine/values/codec.ts"
import { BelayError } from "../../engine/errors.ts"
import {
  BODY_BYTES_MAX,
  CATCH_UP_MS_DEFAULT,
  CATCH_UP_MS_SKIPPING,
  SCHEDULE_NAME_BYTES_MAX,
} from "../../engine/limits.ts"
import type { Registry } from "../../engine/workflow/registry.ts"
import type { ScheduleRequest, ScheduleSpec } from "../../engine/ports/schedules.ts"
import { inputTextOf, requireValidInput, requireWorkflow } from "../doors/start.ts"
import { requireCadence } from "./cadence.ts"

/** @throws workflow_unknown, version_unknown, invalid_request */
export async function scheduleSpec(
  registry: Registry,
  request: ScheduleRequest,
): Promise<ScheduleSpec> {
  const { workflow, version, cron, timeZone = "UTC", missed = "one", timeoutMs } = request
  const inputText = inputTextOf(request.input ?? [])
  if (utf8Bytes(inputText) > BODY_BYTES_MAX) {
    throw new BelayError(
      "invalid_request",
      `The input has more than ${BODY_BYTES_MAX} bytes; keep large data in a store and give a reference to it.`,
    )
  }
  const registered = requireWorkflow(registry, { workflow, version })
  requireCadence(cron, timeZone, Date.now())
  await requireValidInput(registered, inputText)
  return {
    workflow,
    ...(version !== undefined && { version }),
    inputText,
    cron,
    timeZone,
    overlap: request.overlap ?? "skip",
    missed,
    catchUpMs:
      request.catchUpMs ?? (missed === "skip" ? CATCH_UP_MS_SKIPPING : CATCH_UP_MS_DEFAULT),
    tags: request.tags ?? {},
    ...(timeoutMs !== undefined && { timeoutMs }),
  }
}

/** Control characters, C0, DEL and C1. */
const CONTROL_CHARACTERS = /[\u0000-\u001f\u007f-\u009f]/

/** Names given in code pass no path. @throws BelayError invalid_id */
export function requireScheduleName(name: string): void {
  const bytes = utf8Bytes(name)
  const isUsable =
    bytes >= 1 &&
    bytes <= SCHEDULE_NAME_BYTES_MAX &&
    !CONTROL_CHARACTERS.test(name) &&
    name !== "." &&
    name !== ".."
  if (isUsable) return
  throw new BelayError(
    "invalid_id",
    `A schedule's name takes 1 to ${SCHEDULE_NAME_BYTES_MAX} bytes of UTF-8 without control characters, and is not "." or ".."; this one has ${bytes}.`,
  )
}
