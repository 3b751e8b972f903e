// Stand-ins: a reference database and a ledger that cost nothing, for a system whose own rows are counted.
// Owns: their answers: everything is written for the first time.

/** As much of D1 as account creation asks. */
export const reference = {
  prepare: () => ({
    bind: () => ({
      run: async () => ({ meta: { changes: 1 } }),
    }),
  }),
}

/** As much of a ledger as account creation asks. */
export const ledger = {
  createAccounts: async (accounts: readonly unknown[]) =>
    accounts.map(() => ({ class: "success", status: "created" })),
}
