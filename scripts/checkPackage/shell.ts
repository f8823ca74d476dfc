/**
 * A command as an effect: its output, or why it failed.
 */
import { Data, Effect } from "effect"
import { spawn } from "node:child_process"
import * as os from "node:os"
import * as path from "node:path"

/** The root of the repository. */
export const root = path.resolve(import.meta.dirname, "../..")

/** A command that exited with a code other than 0, or did not end in time. */
export class CommandFailed extends Data.TaggedError("CommandFailed")<{
  readonly command: string
  readonly output: string
}> {
  override get message(): string {
    return `${this.command}\n${this.output}`
  }
}

export interface RunOptions {
  readonly cwd: string
  readonly env?: Readonly<Record<string, string>>
  readonly timeoutSeconds?: number
}

/** The environment without the variables of `npm run`, a test runner or a developer's own keys. */
export const cleanEnvironment = (): Record<string, string> => {
  const foreign = /^(NODE_OPTIONS|NODE_ENV|VITEST.*|AGENTOPS_.*|OTEL_.*|npm_.*|INIT_CWD)$/
  const kept = /^npm_config_(cache|registry|userconfig|globalconfig|cafile|proxy|https_proxy|noproxy)$/i
  return Object.fromEntries(
    Object.entries(process.env).flatMap(([name, value]) =>
      value === undefined || (foreign.test(name) && !kept.test(name)) ? [] : [[name, value]]
    )
  )
}

/** Runs a command, and returns the output of both streams. */
export const run = (
  command: string,
  args: ReadonlyArray<string>,
  { cwd, env, timeoutSeconds = 120 }: RunOptions
): Effect.Effect<string, CommandFailed> =>
  Effect.callback<string, CommandFailed>((resume) => {
    const child = spawn(command, args, {
      cwd,
      env: { ...cleanEnvironment(), ...env },
      shell: process.platform === "win32" && command === "npm",
      stdio: ["ignore", "pipe", "pipe"]
    })
    const shown = [path.basename(command), ...args].join(" ")
    let output = ""
    const fail = (why: string) =>
      resume(Effect.fail(new CommandFailed({ command: shown, output: `${why}\n${output}` })))
    const timer = setTimeout(() => {
      child.kill("SIGKILL")
      fail(`not done after ${timeoutSeconds} s`)
    }, timeoutSeconds * 1_000)
    child.stdout.on("data", (chunk) => output += String(chunk))
    child.stderr.on("data", (chunk) => output += String(chunk))
    child.on("error", (error) => {
      clearTimeout(timer)
      fail(error.message)
    })
    child.on("close", (code, signal) => {
      clearTimeout(timer)
      if (code === 0) resume(Effect.succeed(output))
      else fail(`ended with ${code ?? signal}`)
    })
    return Effect.sync(() => {
      clearTimeout(timer)
      child.kill("SIGKILL")
    })
  })

/** How many commands may run concurrently. */
export const cores = Math.max(1, Math.min(4, os.availableParallelism()))
