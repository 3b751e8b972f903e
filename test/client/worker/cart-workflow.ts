// Cart workflow: its type for callers, who have neither its code nor its context.

export type CartWorkflow = (
  ctx: never,
  owner: string,
) => Generator<
  unknown,
  {
    readonly owner: string
    readonly lines: readonly { readonly sku: string; readonly amount: number }[]
    readonly at: Date
    readonly count: bigint
  },
  never
>
