// Talk: a run started, watched and waited for from plain Node. The URL is the argument; one line of JSON is printed.
import { BelayRunError, createClient } from "belay/client"

const client = createClient({ url: process.argv[2] ?? "" })
const started = await client.start("o1", { workflow: "buy", input: [{ id: "o1", amount: 3 }] })
const events: string[] = []
for await (const { event } of client.events("o1")) events.push(event)
const result = await started.result({ timeoutMs: 20_000 })
await client.start("o2", { workflow: "buy", input: [{ id: "o2", amount: 3 }] })
await client.kill("o2", { reason: "no more" })
const killed = await client.result("o2").then(
  () => "completed",
  (error: unknown) => error instanceof BelayRunError && error.code,
)
console.log(JSON.stringify({ created: started.created, events, result, killed }))
