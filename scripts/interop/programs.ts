/**
 * Finds the real programs on this machine, or builds them from the Go module proxy in a folder outside of the clone.
 */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import { spawn, spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import * as fs from "node:fs"
import * as net from "node:net"
import * as os from "node:os"
import * as path from "node:path"

const source = path.join(import.meta.dirname, "go")

const cacheRoot = (): string =>
  path.join(process.env["XDG_CACHE_HOME"] ?? path.join(os.homedir(), ".cache"), "effect-agentops")

/** The folder of built programs for later runs. Its name depends on all inputs. */
const cacheFolder = (goVersion: string): string => {
  const hash = createHash("sha256").update(goVersion)
  for (const name of ["main.go", "go.mod", "go.sum"]) hash.update(fs.readFileSync(path.join(source, name)))
  return path.join(cacheRoot(), `interop-${hash.digest("hex").slice(0, 16)}`)
}

const output = (command: string, ...args: ReadonlyArray<string>): string | undefined => {
  const { status, stdout } = spawnSync(command, args, { encoding: "utf8" })
  return status === 0 ? stdout : undefined
}

/** The path of a program, or why it is missing. */
export type Found = { readonly path: string } | { readonly missing: string }

const packages = { otelcol: ".", jaeger: "github.com/jaegertracing/jaeger/cmd/jaeger" } as const

/** Finds a program of an earlier run, or builds it within a time limit. */
export const goProgram = (name: keyof typeof packages, seconds: number): Found => {
  const version = output("go", "version")
  if (version === undefined) return { missing: "there is no Go to build it with" }
  const folder = cacheFolder(version)
  const built = path.join(folder, name)
  if (fs.existsSync(built)) return { path: built }
  // Go may write to go.mod, so it works on a copy.
  const work = fs.mkdtempSync(path.join(os.tmpdir(), "interop-build-"))
  try {
    fs.cpSync(source, work, { recursive: true })
    fs.mkdirSync(folder, { recursive: true })
    console.log(`building ${name} into ${folder}`)
    const { status, stderr } = spawnSync(
      "go",
      ["build", "-p", "2", "-trimpath", "-ldflags=-s -w", "-o", `${built}.new`, packages[name]],
      {
        cwd: work,
        encoding: "utf8",
        timeout: seconds * 1_000,
        env: { ...process.env, GOFLAGS: "-mod=mod -buildvcs=false", CGO_ENABLED: "0" }
      }
    )
    if (status !== 0) {
      const why = status === null ? `not built within ${seconds} s` : stderr.trim().split("\n").at(-1)
      return { missing: why ?? "it cannot be built" }
    }
    fs.renameSync(`${built}.new`, built)
    return { path: built }
  } finally {
    fs.rmSync(work, { recursive: true, force: true })
  }
}

/** A program of a Python package, installed once into the folder of built programs. */
export const pythonProgram = (name: string, version: string, command: string, seconds: number): Found => {
  const folder = path.join(cacheRoot(), `${name}-${version}`)
  const program = path.join(folder, "bin", command)
  if (fs.existsSync(program)) return { path: program }
  console.log(`installing ${name} ${version} into ${folder}`)
  const steps = [
    ["python3", "-m", "venv", folder],
    [path.join(folder, "bin/pip"), "install", "--quiet", `${name}==${version}`]
  ] as const
  for (const [step, ...args] of steps) {
    const { error, status, stderr } = spawnSync(step, args, { encoding: "utf8", timeout: seconds * 1_000 })
    if (status === 0) continue
    fs.rmSync(folder, { recursive: true, force: true })
    if (status === null) {
      const absent = error !== undefined && "code" in error && error.code === "ENOENT"
      return { missing: absent ? `there is no ${step}` : `not installed within ${seconds} s` }
    }
    return { missing: stderr.trim().split("\n").at(-1)! }
  }
  return fs.existsSync(program) ? { path: program } : { missing: `the package has no ${command}` }
}

/** A program of the system. */
export const systemProgram = (name: string, hint: string): Found =>
  output(name, "--version") === undefined ? { missing: `it is not installed (${hint})` } : { path: name }

/** A port that is free now. */
export const freePort: Effect.Effect<number> = Effect.callback((resume) => {
  const server = net.createServer()
  server.listen(0, "127.0.0.1", () => {
    const { port } = server.address() as net.AddressInfo
    server.close(() => resume(Effect.succeed(port)))
  })
})

/** A folder that is removed with the scope. */
export const folder: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => fs.mkdtempSync(path.join(os.tmpdir(), "interop-"))),
  (made) => Effect.sync(() => fs.rmSync(made, { recursive: true, force: true }))
)

/** Waits until a port accepts connections. */
export const listening = (port: number, seconds = 30): Effect.Effect<void, Error> =>
  Effect.callback<void, Error>((resume) => {
    const socket = net.connect(port, "127.0.0.1")
    socket.once("connect", () => {
      socket.destroy()
      resume(Effect.void)
    })
    socket.once("error", (error) => resume(Effect.fail(error)))
  }).pipe(Effect.retry({ schedule: Schedule.spaced("50 millis"), times: seconds * 20 }))

export interface Running {
  /** Stops it, and waits until it has ended. */
  readonly stop: (signal: "SIGTERM" | "SIGKILL") => Effect.Effect<void>
}

/** Starts a program, and waits for its port. It is stopped with the scope. */
export const run = (
  command: string,
  args: ReadonlyArray<string>,
  port: number,
  env: Readonly<Record<string, string>> = {},
  seconds?: number
): Effect.Effect<Running, Error, Scope.Scope> =>
  Effect.gen(function*() {
    const child = spawn(command, args, { stdio: ["ignore", "ignore", "pipe"], env: { ...process.env, ...env } })
    let said = ""
    child.stderr.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4_000)
    })
    const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()))
    const stop = (signal: "SIGTERM" | "SIGKILL") =>
      Effect.suspend(() => {
        if (child.exitCode === null && child.signalCode === null) child.kill(signal)
        return Effect.promise(() => ended)
      })
    yield* Effect.addFinalizer(() =>
      stop("SIGTERM").pipe(Effect.timeoutOption("5 seconds"), Effect.andThen(stop("SIGKILL")))
    )
    yield* Effect.mapError(listening(port, seconds), () =>
      new Error(`${path.basename(command)} does not listen:\n${said}`))
    return { stop }
  })
