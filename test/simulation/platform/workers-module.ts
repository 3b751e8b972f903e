// Workers module: what stands for "cloudflare:workers" in a simulated world.

/** The base class of every object. */
export class DurableObject {
  protected readonly ctx: unknown
  protected readonly env: unknown

  constructor(ctx: unknown, env: unknown) {
    this.ctx = ctx
    this.env = env
  }
}

/** Code in a world is given its environment; nothing is bound beside it. */
export const env: Readonly<Record<string, unknown>> = {}
