// Object class: the classes of run, schedule, limiter and index objects as others see them: their doors, and nothing of how
// they work.
// Owns: the four types. They are written out so that a declaration can name them.

import type { DurableObject } from "cloudflare:workers"
import type { DRY_REPLAY, DryReplayer } from "../engine/recorded/dry-replay.ts"
import type { FamilyStub } from "./family/family-courier.ts"
import type { GrantStub, LimiterStub } from "./limiter/messages.ts"
import type { IndexedRun, ShardDoor } from "./run-index/messages.ts"
import type { RunDoor } from "./runs-client.ts"
import type { ScheduleObjectDoor } from "./schedule/schedules-client.ts"

interface RunInstance
  extends DurableObject<Cloudflare.Env>, RunDoor, FamilyStub, GrantStub, IndexedRun {
  alarm(info?: AlarmInvocationInfo): Promise<void>
  fetch(request: Request): Promise<Response>
  webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): void
  webSocketClose(): void
  webSocketError(): void
}

export interface RunObjectClass {
  readonly [DRY_REPLAY]: DryReplayer
  new (ctx: DurableObjectState, env: Cloudflare.Env): RunInstance
}

interface ScheduleInstance extends DurableObject<Cloudflare.Env>, ScheduleObjectDoor {
  alarm(info?: AlarmInvocationInfo): Promise<void>
}

export type ScheduleObjectClass = new (
  ctx: DurableObjectState,
  env: Cloudflare.Env,
) => ScheduleInstance

interface LimiterInstance extends DurableObject<Cloudflare.Env>, LimiterStub {
  alarm(info?: AlarmInvocationInfo): Promise<void>
}

export type LimiterObjectClass = new (
  ctx: DurableObjectState,
  env: Cloudflare.Env,
) => LimiterInstance

interface IndexInstance extends DurableObject<Cloudflare.Env>, ShardDoor {
  alarm(info?: AlarmInvocationInfo): Promise<void>
}

export type IndexObjectClass = new (ctx: DurableObjectState, env: Cloudflare.Env) => IndexInstance
