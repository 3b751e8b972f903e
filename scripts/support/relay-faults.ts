// Relay faults: what can become of one request on its way to a server and back.
// Owns: the kinds, and plans of them that a seed repeats. Must not touch: connections (holding-proxy.ts).

export type RelayFault =
  | { readonly kind: "pass" }
  /** Kept back, then handed on, whether its caller still waits or not. */
  | { readonly kind: "delay_request"; readonly ms: number }
  /** Handed on; the reply is kept back. */
  | { readonly kind: "delay_reply"; readonly ms: number }
  /** Answered 500 in the server's place; the server never sees it. */
  | { readonly kind: "fail_before" }
  /** Handed on; what the server says becomes a 500. */
  | { readonly kind: "fail_after" }
  /** Cut off; the server never sees it. */
  | { readonly kind: "cut_before" }
  /** Handed on; instead of the reply the connection ends. */
  | { readonly kind: "cut_after" }
  /** Swallowed: neither handed on nor answered. */
  | { readonly kind: "hang" }

/** Says what becomes of the next request. */
export type FaultPlan = () => RelayFault

export function always(fault: RelayFault): FaultPlan {
  return () => fault
}

/** A fault and how often it comes, compared with the others. */
export type FaultWeight = readonly [weight: number, fault: RelayFault]

/** A mix of faults by weight, in an order that the random numbers (0 to below 1) decide. */
export function mixed(weights: readonly FaultWeight[], random: () => number): FaultPlan {
  const total = weights.reduce((sum, [weight]) => sum + weight, 0)
  return () => {
    let rest = random() * total
    for (const [weight, fault] of weights) {
      rest -= weight
      if (rest < 0) return fault
    }
    return { kind: "pass" }
  }
}
