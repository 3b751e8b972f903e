// Caller: what a project that uses the package writes to reach its runs; its types flow from the workflow.
import { createClient } from "belay/client"
import type { buy, Order } from "./shop"

export async function chargedAt(url: string, order: Order): Promise<string | undefined> {
  const client = createClient<{ buy: typeof buy }>({ url })
  const { result } = await client.start(order.id, { workflow: "buy", input: [order] })
  const receipt = await result()
  return receipt?.chargedAt
}
