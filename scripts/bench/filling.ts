// Filling: what kind of step a measured sequence is made of.

/** `slowing` takes the longer, the more steps came before it: what no engine may do, for the guard's own test. */
export type Filling = "sync" | "async" | "slowing"
