// Environment: what the library's own code reads of the environment of whoever's Worker it is in, while it is compiled.
// Owns: the bindings and variables of src/env.d.ts without those of the systems. It is no part of the package: there,
// the environment is what the Worker's own project says it is.
declare namespace Cloudflare {
  interface Env {
    RUNS: DurableObjectNamespace<
      InstanceType<typeof import("../../src/belay.ts").Belay.prototype.RunObject>
    >
    SCHEDULES: DurableObjectNamespace<
      InstanceType<typeof import("../../src/belay.ts").Belay.prototype.ScheduleObject>
    >
    LIMITS: DurableObjectNamespace<
      InstanceType<typeof import("../../src/belay.ts").Belay.prototype.LimiterObject>
    >
    INDEX: DurableObjectNamespace<
      InstanceType<typeof import("../../src/belay.ts").Belay.prototype.IndexObject>
    >
    BELAY_DEV?: string
    BELAY_TOKENS?: string
    BELAY_INDEX_SHARDS?: string
    BELAY_LOG_LEVEL?: string
  }
}
