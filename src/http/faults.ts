// Faults: failures on purpose, asked for by the header `x-belay-fault` of a start request.
// Owns: the header's grammar, `<step>[#<n>]:<attempt|*>[:throw|hang|crash]`, comma-separated.
//   F1. Development only: elsewhere the header is ignored, whatever it says.

import { BelayError } from "../engine/errors.ts"
import { FAULTS_MAX, NAME_BYTES_MAX } from "../engine/limits.ts"
import type { Fault } from "../engine/ports/ports.ts"
import { isDevelopment } from "./auth.ts"

const FAULT_HEADER = "x-belay-fault"

/** Step names are function names: anything but what separates the parts. */
const FAULT = new RegExp(
  `^([^#:,\\s]{1,${NAME_BYTES_MAX}})(?:#([1-9]\\d{0,8}))?:([1-9]\\d{0,8}|\\*)(?::(throw|hang|crash))?$`,
)

/**
 * The faults a start request asks for; none unless this is a development server.
 * @throws BelayError invalid_request when the header is malformed
 */
export function readFaults(
  request: Request,
  env: { readonly BELAY_DEV?: string },
): readonly Fault[] {
  const header = isDevelopment(env) ? request.headers.get(FAULT_HEADER) : null
  if (header === null) return []
  const faults = header.split(",").map((text) => parseFault(text.trim()))
  if (faults.length > FAULTS_MAX) {
    throw new BelayError(
      "invalid_request",
      `${FAULT_HEADER} has ${faults.length} faults, ${FAULTS_MAX} are allowed.`,
    )
  }
  return faults
}

function parseFault(text: string): Fault {
  const [, step, call, attempt, action] = FAULT.exec(text) ?? []
  if (step === undefined || attempt === undefined) {
    throw new BelayError(
      "invalid_request",
      `"${text.slice(0, NAME_BYTES_MAX)}" in ${FAULT_HEADER} is no fault; write <step>[#<n>]:<attempt|*>[:throw|hang|crash], for example chargePayment:1:crash.`,
    )
  }
  return {
    step,
    call: call === undefined ? 1 : Number(call),
    attempt: attempt === "*" ? "*" : Number(attempt),
    action: action === "hang" || action === "crash" ? action : "throw",
  }
}
