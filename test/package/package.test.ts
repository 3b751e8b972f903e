// The package as its users have it: packed, installed in a project of its own with its own workflow and wrangler.toml,
// type-checked, bundled, run on a bare runtime and talked to from plain Node. Compiler, bundler and runtime are this
// house's own; what is imported is the package's.
import { spawnSync } from "node:child_process"
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { buildSync } from "esbuild"
import { afterAll, beforeAll, expect, test } from "vitest"
import { machinePath } from "../support/machine-path.ts"
import { BareWorkerd } from "../../scripts/support/bare-workerd.ts"
import { freePort } from "../../scripts/support/free-port.ts"

const ROOT = fileURLToPath(new URL("../..", import.meta.url))
const FILES = [
  new URL("project/src/caller.ts", import.meta.url),
  new URL("project/src/worker.ts", import.meta.url),
  new URL("project/node/talk.ts", import.meta.url),
  new URL("project/node/kit.ts", import.meta.url),
]
const PROJECT = fileURLToPath(new URL("..", FILES[0]))
const TOOLS = join(ROOT, "node_modules")

const INSTALL_TIMEOUT_MS = 180_000
const TOOL_TIMEOUT_MS = 90_000

let folder: string
let packed: string

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "belay-package-"))
  packed = run(ROOT, "npm", ["run", "--silent", "package"]).trim()
  cpSync(PROJECT, folder, { recursive: true })
  const manifest = { name: "shop", private: true, type: "module", dependencies: {} }
  writeFileSync(join(folder, "package.json"), JSON.stringify(manifest))
  const file = join(ROOT, "dist", packed)
  run(folder, "npm", [
    "install",
    "--prefer-offline",
    "--no-audit",
    "--no-fund",
    "--ignore-scripts",
    file,
  ])
}, INSTALL_TIMEOUT_MS)

afterAll(() => rmSync(folder, { recursive: true, force: true }))

function run(cwd: string, command: string, args: readonly string[]): string {
  const env = {
    ...process.env,
    WRANGLER_SEND_METRICS: "false",
    WRANGLER_WRITE_LOGS: "false",
    NO_COLOR: "1",
  }
  const { status, stdout, stderr } = spawnSync(command, args, { cwd, env, encoding: "utf8" })
  if (status !== 0)
    throw new Error(
      `${command} ${args.join(" ")} ended with ${String(status)}:\n${stdout}\n${stderr}`,
    )
  return stdout
}

function installed(): string[] {
  return readdirSync(join(folder, "node_modules")).filter((name) => !name.startsWith("."))
}

test("it brings what the library imports and nothing else", () => {
  expect(packed).toMatch(/^belay-\d+\.\d+\.\d+\.tgz$/)
  expect(installed().sort()).toEqual(["belay", "croner", "devalue", "hono", "valibot"])
  const rooms = readdirSync(join(folder, "node_modules", "belay", "dist", "package"))
  for (const room of ["relay", "bank", "index.js"]) expect(rooms).not.toContain(room)
})

test(
  "the project's own compiler takes its types, under its own settings",
  () => {
    mkdirSync(join(folder, "node_modules", "@cloudflare"), { recursive: true })
    const types = join("@cloudflare", "workers-types")
    symlinkSync(join(TOOLS, types), join(folder, "node_modules", types))
    writeFileSync(join(folder, "src", "wrong.ts"), wrongUse)
    const compiler = join(TOOLS, ".bin", "tsc")
    const { stdout } = spawnSync(compiler, ["--project", "."], { cwd: folder, encoding: "utf8" })
    rmSync(join(folder, "src", "wrong.ts"))
    expect(
      stdout
        .trim()
        .split("\n")
        .map((line) => line.replace(/: .*/, "")),
    ).toEqual(["src/wrong.ts(5,76)"])
    run(folder, compiler, ["--project", "."])
  },
  TOOL_TIMEOUT_MS,
)

const wrongUse = `import { createClient } from "belay/client"
import type { buy } from "./shop"

const client = createClient<{ buy: typeof buy }>({ url: "" })
export const wrong = client.start<"buy">("1", { workflow: "buy", input: [{ id: 1, amount: 1 }] })
`

test(
  "wrangler bundles it, a bare runtime runs it, and plain Node talks to it",
  async () => {
    const wrangler = join(TOOLS, "wrangler", "bin", "wrangler.js")
    run(folder, process.execPath, [wrangler, "deploy", "--dry-run", "--outdir", "out"])
    const workerd = new BareWorkerd({
      folder: join(folder, "out"),
      port: await freePort(),
      objects: { RUNS: "RunObject", SCHEDULES: "ScheduleObject" },
      variables: { BELAY_DEV: "1" },
    })
    await workerd.start()
    try {
      const talked: unknown = JSON.parse(
        run(folder, process.execPath, ["node/talk.ts", workerd.url]),
      )
      expect(talked).toEqual({
        created: true,
        events: expect.arrayContaining(["entry", "status", "end"]),
        result: {
          order: "o1",
          chargedAt: "1970-01-01T00:00:00.000Z",
          key: expect.stringMatching(/^o1\//),
        },
        killed: "run_cancelled",
      })
    } finally {
      await workerd.kill()
    }
  },
  TOOL_TIMEOUT_MS,
)

test("npx finds its command line, on the Node that the machine has", () => {
  const ran = spawnSync("npx", ["--no-install", "belay", "show", "o1", "--json"], {
    cwd: folder,
    env: { ...process.env, PATH: machinePath(), BELAY_URL: "http://127.0.0.1:1" },
    encoding: "utf8",
  })
  expect(JSON.parse(ran.stderr)).toMatchObject({ error: { code: "network" } })
  expect([ran.status, ran.stdout]).toEqual([3, ""])
  expect(run(folder, "npx", ["--no-install", "belay", "help"])).toContain("belay COMMAND")
})

test("it says which Node it needs, and every entry that stands in Node, and the kit, run on the oldest", () => {
  const at = join(folder, "node_modules", "belay", "package.json")
  const { engines } = JSON.parse(readFileSync(at, "utf8")) as { engines: { node: string } }
  expect(engines).toEqual({ node: ">=20" })
  // The machine's own is what a person has who has not asked for a newer one.
  const node = (...args: string[]) =>
    spawnSync("node", args, {
      cwd: folder,
      env: { ...process.env, PATH: machinePath() },
      encoding: "utf8",
    })
  buildSync({
    absWorkingDir: folder,
    entryPoints: ["node/kit.ts"],
    outfile: join(folder, "kit.mjs"),
    bundle: true,
    packages: "external",
    format: "esm",
    target: "node20",
  })
  const entries = ["client", "testing", "engine", "ledger"].map(
    (entry) => `import "belay/${entry}"`,
  )
  writeFileSync(join(folder, "entries.mjs"), entries.join("\n"))
  expect(node("entries.mjs")).toMatchObject({ status: 0, stderr: "" })
  expect(JSON.parse(node("kit.mjs").stdout)).toMatchObject({ status: "completed", swept: true })
})

test("the test kit drives and sweeps a workflow in plain Node", () => {
  expect(JSON.parse(run(folder, process.execPath, ["node/kit.ts"]))).toEqual({
    status: "completed",
    result: "unpaid: no money",
    never: "function",
    swept: true,
    replayed: "The code fits; where the journal ends it ends completed.",
    found: ["effect"],
  })
})
