// Hundred bytes: what a step of a sequence returns, as every engine records it: 100 bytes as JSON.

export const HUNDRED_BYTES = "x".repeat(98)
