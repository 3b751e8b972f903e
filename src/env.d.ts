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
    /** Where the relay listens; several addresses are separated by commas. */
    BELAY_RELAY_URL?: string
    /** Secret: JSON `{"id": "...", "secret": "..."}`, the key that signs requests to the relay. */
    BELAY_RELAY_KEY?: string
  }
}
