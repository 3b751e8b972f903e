// Owns how the tests run: which folder runs where, and with which bindings.
// Four projects: "node" for the pure engine, contracts, the relay and tests that kill real processes;
// "clocked" for those of them that need the machine for themselves; "browser" for the console in a real browser;
// "workerd" for everything that needs Durable Objects or D1, inside the Workers runtime itself.
// It must not switch off the failure on unhandled errors: a rejection nobody caught is a bug. One message of the
// runner's own end is left out, by its whole text.
import { cloudflareTest, readD1Migrations } from "@cloudflare/vitest-plugin"
import { defineConfig } from "vitest/config"
import { startTestRelay } from "./test/relay/test-relay.ts"

// Set here and not in a shell, so that a run looks the same everywhere: without it the runtime asks
// the internet for a sample of request metadata and complains when it gets no answer.
process.env["CLOUDFLARE_CF_FETCH_ENABLED"] ??= "false"
process.env["WRANGLER_SEND_METRICS"] ??= "false"
process.env["WRANGLER_SEND_ERROR_REPORTS"] ??= "false"
process.env["WRANGLER_HIDE_BANNER"] ??= "true"

/** One test in the Workers runtime: generous, because two cores may run several of them at once. */
const WORKERD_TEST_TIMEOUT_MS = 40_000

/** One test in Node. Tests that start and kill processes set their own. */
const NODE_TEST_TIMEOUT_MS = 40_000

/** Most tests of processes and alarms wait, so more files go at once than a small machine has cores. */
const FILES_AT_ONCE = 4

/** Files that measure real time in ms: each goes alone, after all others. */
const CLOCKED = ["test/relay/relay-client-{slow,side-by-side}.test.ts", "test/bench/guard.test.ts"]

/**
 * What the runner says of itself when the last file of a runtime has ended: an object that wakes in that moment asks
 * it for a module, and is not answered any more. No test is behind it, and no code of ours rejected anything.
 */
const CLOSED_WHILE_RESOLVING = '[vitest-worker]: Closing rpc while "resolve" was pending'

/** `npm run test:thorough` says so; see test/setup/thorough.ts. */
const provide = { isThorough: process.env["BELAY_TEST_THOROUGH"] === "1" }

export default defineConfig({
  test: {
    maxWorkers: FILES_AT_ONCE,
    onUnhandledError: ({ name, message }) =>
      name !== "EnvironmentTeardownError" || message !== CLOSED_WHILE_RESOLVING,
    projects: [
      {
        test: {
          name: "node",
          include: [
            "test/{bench,engine,client,cli,console,contract,crash,relay,house,package,scripts,simulation,testing,docs}/**/*.test.ts",
          ],
          exclude: CLOCKED,
          pool: "forks",
          // A process costs more than most files take. Files share one, and leave nothing behind.
          isolate: false,
          provide,
          testTimeout: NODE_TEST_TIMEOUT_MS,
        },
      },
      {
        test: {
          name: "clocked",
          include: CLOCKED,
          pool: "forks",
          provide,
          testTimeout: NODE_TEST_TIMEOUT_MS,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: "browser",
          include: ["test/browser/**/*.test.ts"],
          pool: "forks",
          isolate: false,
          provide,
          testTimeout: NODE_TEST_TIMEOUT_MS,
          // Each file has a browser, a relay and a Worker of its own.
          maxWorkers: 2,
          sequence: { groupOrder: 2 },
        },
      },
      {
        plugins: [
          cloudflareTest(async () => ({
            // The runtime's stack of each object a test aborts on purpose is left out; what tests and
            // the Worker log, and errors nobody caught, are shown as ever.
            verbose: false,
            // The real Worker, and beside it what the tests of the run object need.
            main: "./test/setup/test-worker.ts",
            wrangler: { configPath: "./wrangler.toml" },
            miniflare: {
              durableObjects: {
                TEST_RUNS: { className: "TestRunObject", useSQLite: true },
                TEST_INDEXED_RUNS: { className: "TestIndexedRunObject", useSQLite: true },
                TEST_INDEX: { className: "TestIndexObject", useSQLite: true },
                TEST_GROWING_INDEX: { className: "TestGrowingIndexObject", useSQLite: true },
                TEST_SMALL_INDEX: { className: "TestSmallIndexObject", useSQLite: true },
                TEST_LIMITS: { className: "TestLimiterObject", useSQLite: true },
                TEST_SCHEDULES: { className: "TestScheduleObject", useSQLite: true },
                EFFECTS: { className: "EffectsObject", useSQLite: true },
              },
              bindings: {
                BELAY_DEV: "1",
                ...(await startTestRelay()),
                TEST_MIGRATIONS: await readD1Migrations("./migrations"),
              },
            },
          })),
        ],
        test: {
          name: "workerd",
          include: ["test/{object,http,systems,acceptance}/**/*.test.ts"],
          // A runtime costs more than most files take: files share one, and each makes ids of its own.
          isolate: false,
          provide,
          setupFiles: ["./test/setup/apply-migrations.ts"],
          testTimeout: WORKERD_TEST_TIMEOUT_MS,
          hookTimeout: WORKERD_TEST_TIMEOUT_MS,
        },
      },
    ],
  },
})
