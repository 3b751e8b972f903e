// The bindings that exist only under test, beside those of the Worker itself.
declare namespace Cloudflare {
  interface Env {
    TEST_MIGRATIONS: import("cloudflare:test").D1Migration[]
    /** Runs of workflows that tests define themselves. */
    TEST_RUNS: DurableObjectNamespace<InstanceType<typeof import("./test-worker.ts").TestRunObject>>
    /** The same, with an index that hears of them. */
    TEST_INDEXED_RUNS: DurableObjectNamespace<
      InstanceType<typeof import("./test-worker.ts").TestIndexedRunObject>
    >
    /** That index. */
    TEST_INDEX: DurableObjectNamespace<
      InstanceType<typeof import("./test-worker.ts").TestIndexObject>
    >
    /** One of the same runs, whose number of shards a test changes. */
    TEST_GROWING_INDEX: DurableObjectNamespace<
      InstanceType<typeof import("./test-worker.ts").TestIndexObject>
    >
    /** One that has as few shards as can be. */
    TEST_SMALL_INDEX: DurableObjectNamespace<
      InstanceType<typeof import("./test-worker.ts").TestIndexObject>
    >
    /** Limiters of those workflows. */
    TEST_LIMITS: DurableObjectNamespace<
      InstanceType<typeof import("./test-worker.ts").TestLimiterObject>
    >
    /** Schedules of those workflows. */
    TEST_SCHEDULES: DurableObjectNamespace<
      InstanceType<typeof import("./test-worker.ts").TestScheduleObject>
    >
    /** Where the steps of those workflows leave their effects, one object a run. */
    EFFECTS: DurableObjectNamespace<InstanceType<typeof import("./test-worker.ts").EffectsObject>>
  }
}
