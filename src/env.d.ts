// Owns the Worker's environment: every binding of wrangler.toml, and the variables and secrets that
// are set outside it. Code reads `Cloudflare.Env` (or the `env` of "cloudflare:workers"), never a
// type of its own. The object classes are named by type only: nothing here runs.
// Invariant: a binding stands here exactly when it stands in wrangler.toml.
declare namespace Cloudflare {
  interface GlobalProps {
    mainModule: typeof import("./index.ts")
    durableNamespaces:
      "RunObject" | "ScheduleObject" | "LimiterObject" | "IndexObject" | "BankAccountObject"
  }

  interface Env {
    /** One object per run, addressed by the run's id. */
    RUNS: DurableObjectNamespace<InstanceType<typeof import("./index.ts").RunObject>>
    /** One object per schedule, addressed by its name, and one that lists them. */
    SCHEDULES: DurableObjectNamespace<InstanceType<typeof import("./index.ts").ScheduleObject>>
    /** One object per key of a workflow that has limits. */
    LIMITS: DurableObjectNamespace<InstanceType<typeof import("./index.ts").LimiterObject>>
    /** The shards of the index of all runs. */
    INDEX: DurableObjectNamespace<InstanceType<typeof import("./index.ts").IndexObject>>
    /** One object per bank account at the bank, see src/bank. */
    ACCOUNTS: DurableObjectNamespace<InstanceType<typeof import("./index.ts").BankAccountObject>>
    /** The SQL database of reference. */
    DB: D1Database
    /** "1" on a development server, which may then serve without tokens. Never set in wrangler.toml. */
    BELAY_DEV?: string
    /** Secret: JSON `{"<token>": ["start", "read", "operate"]}`. */
    BELAY_TOKENS?: string
    /** How many shards the index has, 2 to 256; 4 unless set. It may be raised at any time, never lowered. */
    BELAY_INDEX_SHARDS?: string
    /** Whom to tell when a run halts: an address that takes a POST. */
    BELAY_ALERT_URL?: string
    /** Secret: the key that signs alerts. */
    BELAY_ALERT_KEY?: string
    /** Where spans are sent: the address of an OTLP/HTTP collector, without /v1/traces. None are made without it. */
    BELAY_OTLP_URL?: string
    /** Secret: `name=value,other=value`, what the collector wants in the request, values percent-encoded. */
    BELAY_OTLP_HEADERS?: string
    /** Which part of the runs is traced that no caller's trace leads to: 0 to 1. */
    BELAY_TRACE_RATIO?: string
    /** "0": errors leave in spans with their name and code alone. */
    BELAY_TRACE_MESSAGES?: string
    /** "debug", "info", "warn" (unless set) or "error": the least that is logged. */
    BELAY_LOG_LEVEL?: string
    /** Names of the OpenTelemetry standard, read where ours are not set. */
    OTEL_EXPORTER_OTLP_ENDPOINT?: string
    OTEL_EXPORTER_OTLP_HEADERS?: string
    OTEL_SERVICE_NAME?: string
    /** Where the relay listens; several addresses are separated by commas. */
    BELAY_RELAY_URL?: string
    /** Secret: JSON `{"id": "...", "secret": "..."}`, the key that signs requests to the relay. */
    BELAY_RELAY_KEY?: string
  }
}
