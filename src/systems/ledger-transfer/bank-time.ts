// Bank time: how long the bank may take for its answer.
// Owns: the margin between the bank's last moment and the reservation's. Pure: the present moment is given.
//   B1. The bank's time ends before the reservation does, so that what the bank has paid out can still be posted.
//   B2. The end is counted from the ledger's own timestamp. Were the clocks apart, the amount would be let go of too
//       early, or collected without a reservation; never lost.

/** A quarter of the reservation is left for posting … */
const MARGIN_SHARE = 1 / 4

/** … at least one attempt at the ledger … */
const MARGIN_MS_MIN = 5_000

/** … and at most half, or a short reservation would leave the bank no time at all. */
const MARGIN_SHARE_MAX = 1 / 2

/**
 * In ms from now, whole; 0 when there is none left. A run that comes this far only after its reservation's time, having
 * been killed meanwhile, has none: it must not pay out what is not reserved any more.
 */
export function bankTimeMs(
  reservation: { readonly expiresAtMs: number; readonly seconds: number },
  nowMs: number,
): number {
  const reservationMs = reservation.seconds * 1_000
  const marginMs = Math.min(
    Math.max(reservationMs * MARGIN_SHARE, MARGIN_MS_MIN),
    reservationMs * MARGIN_SHARE_MAX,
  )
  return Math.max(0, Math.floor(reservation.expiresAtMs - marginMs - nowMs))
}
