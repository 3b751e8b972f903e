// Command: `belay` as a process of its own, bundled once for the tests' process, with what it said and how it ended.

import { spawn, type ChildProcess } from "node:child_process"
import { mkdtempSync, openSync, closeSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const ENTRY = fileURLToPath(new URL("../../../src/cli/main.ts", import.meta.url))

export interface Ended {
  readonly code: number | null
  readonly out: string
  readonly err: string
}

export interface Going {
  readonly child: ChildProcess
  /** What it has said so far. */
  readonly out: () => string
  readonly ended: Promise<Ended>
}

export interface Typed {
  readonly env?: Readonly<Record<string, string>>
  /** Its standard input. */
  readonly input?: string
  /** Where its standard output goes; to the test unless given. */
  readonly outFile?: string
}

export class BelayCommand {
  readonly #folder: string
  readonly #file: string
  /** Given to each command, unless it says otherwise. */
  env: Readonly<Record<string, string>> = {}

  static async bundle(): Promise<BelayCommand> {
    const folder = mkdtempSync(join(tmpdir(), "belay-cli-"))
    const file = join(folder, "belay.mjs")
    await build({
      entryPoints: [ENTRY],
      outfile: file,
      bundle: true,
      platform: "node",
      format: "esm",
      target: "node20",
      logLevel: "warning",
    })
    return new BelayCommand(folder, file)
  }

  private constructor(folder: string, file: string) {
    this.#folder = folder
    this.#file = file
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true })
  }

  go(args: readonly string[], { env, input, outFile }: Typed = {}): Going {
    const { BELAY_URL: _, BELAY_TOKEN: __, NO_COLOR: ___, PORT: ____, ...machine } = process.env
    const file = outFile === undefined ? undefined : openSync(outFile, "w")
    const child = spawn(process.execPath, [this.#file, ...args], {
      stdio: ["pipe", file ?? "pipe", "pipe"],
      env: { ...machine, ...this.env, ...env },
    })
    if (file !== undefined) closeSync(file)
    let out = ""
    let err = ""
    child.stdout?.setEncoding("utf8").on("data", (text: string) => (out += text))
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (err += text))
    child.stdin?.end(input ?? "")
    const ended = new Promise<Ended>((resolve, reject) => {
      child.once("error", reject)
      child.once("close", (code) => resolve({ code, out, err }))
    })
    return { child, out: () => out, ended }
  }

  run(args: readonly string[], typed?: Typed): Promise<Ended> {
    return this.go(args, typed).ended
  }

  /** @throws Error unless it ends with 0 and prints one JSON document */
  async json<T = Record<string, unknown>>(args: readonly string[], typed?: Typed): Promise<T> {
    const { code, out, err } = await this.run([...args, "--json"], typed)
    if (code !== 0) throw new Error(`belay ${args.join(" ")} ended with ${String(code)}: ${err}`)
    return JSON.parse(out) as T
  }
}
