/** Runs an example like a user: in a separate process, from the root of the repository. */
import { Effect } from "effect"
import { spawn } from "node:child_process"
import * as path from "node:path"

const root = path.resolve(import.meta.dirname, "../../..")

export interface Outcome {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

// A developer's own keys would reach real backends, and the tests' options would change Node.
const foreign = /^(NODE_OPTIONS|NODE_ENV|VITEST.*|FORCE_COLOR|OPENAI_.*|AGENTOPS_.*|OTEL_.*|OTLP_.*)$/

const run = (command: string, args: ReadonlyArray<string>, env: Readonly<Record<string, string>> = {}) =>
  Effect.callback<Outcome>((resume) => {
    const own = Object.entries(process.env).filter(([name]) => !foreign.test(name))
    const child = spawn(command, args, {
      cwd: root,
      env: { ...Object.fromEntries(own), ...env },
      shell: process.platform === "win32" && command === "npm"
    })
    let stdout = ""
    let stderr = ""
    child.stdout.setEncoding("utf8").on("data", (text) => stdout += text)
    child.stderr.setEncoding("utf8").on("data", (text) => stderr += text)
    child.on("error", (error) => resume(Effect.die(error)))
    child.on("close", (code) => resume(Effect.succeed({ code, stdout, stderr })))
    return Effect.sync(() => child.kill())
  })

/** `npm run example -- FILE`, as in its script. */
export const example = (file: string, ...args: ReadonlyArray<string>) =>
  run(process.execPath, ["--conditions=effect-agentops-source", file, ...args])

/** `npm start`, as in its script, with additional environment variables. */
export const start = (env: Readonly<Record<string, string>>) =>
  run(process.execPath, ["--conditions=effect-agentops-source", "examples/airline/main.ts"], env)

/** `npm start` itself. */
export const npmStart = run("npm", ["start", "--silent"])

/** The lines of the printed trees without the parts that vary: indentation, mark and name of each span. */
export const shape = (text: string): ReadonlyArray<string> =>
  text.split("\n").flatMap((line) => {
    const [, indent, mark, name] = /^([│├└─ ]*)([✓✗◌]) (.*?)(?: {2}|$)/.exec(line) ?? []
    return name === undefined ? [] : [`${indent}${mark} ${name}`]
  })
