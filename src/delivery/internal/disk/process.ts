/**
 * Which process this is, and whether another one lives.
 *
 * On Linux the kernel says both exactly: the boot and the namespace of process ids tell whose ids can be compared, and
 * when a process began tells it from a later one with the same id. So a process that is stopped, or sleeps, is never
 * taken for dead by its neighbours, whatever any clock says. Elsewhere an id that nobody has is dead, and about one
 * that somebody has nothing is known.
 *
 * A lock that the kernel lets go of with its process would do the same across containers too. Node has none without a
 * native module: no `flock`, and a socket that listens in the directory is bound to a path of 104 characters, unknown
 * on network disks and one more thing that can be left behind. What it would add is the case of two containers on one
 * machine one of which is stopped for long, which costs a span that arrives twice and none that is lost.
 *
 * @internal
 */

/** @internal */
export interface Process {
  readonly pid: number
  /** What process ids can be compared within: a boot of a machine and a namespace, or a host. */
  readonly host: string
  /** When it began, in some unit, which tells it from another with the same id. */
  readonly since: number
  /** Whether a process of this host that began then lives; nothing where that cannot be known. */
  readonly isAlive: (pid: number, since: number) => boolean | undefined
}

interface NodeProcess {
  readonly pid: number
  readonly kill: (pid: number, signal: 0) => void
  readonly getBuiltinModule: {
    (name: "node:os"): { readonly hostname: () => string }
    (name: "node:fs"): {
      readonly readFileSync: (path: string, encoding: "utf8") => string
      readonly readlinkSync: (path: string) => string
    }
  }
}

/** When a process began, in ticks since the boot: the 22nd field, counted from behind its name in brackets. */
const beganAt = (stat: string): number => Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19])

/** This process. @internal */
export const currentProcess = (): Process => {
  const { process } = globalThis as unknown as { readonly process: NodeProcess }
  const { pid } = process
  const hasId = (pid: number): boolean => {
    // Signal 0 reaches nobody: it throws, with a code that says why it could not.
    try {
      process.kill(pid, 0)
      return true
    } catch (error) {
      return (error as { readonly code?: string }).code !== "ESRCH"
    }
  }
  try {
    const fs = process.getBuiltinModule("node:fs")
    const boot = fs.readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim()
    const namespace = fs.readlinkSync("/proc/self/ns/pid")
    const since = beganAt(fs.readFileSync("/proc/self/stat", "utf8"))
    if (!Number.isFinite(since)) throw new Error("no time of birth")
    return {
      pid,
      host: `${boot} ${namespace}`,
      since,
      isAlive: (pid, since) => {
        if (!hasId(pid)) return false
        try {
          return beganAt(fs.readFileSync(`/proc/${pid}/stat`, "utf8")) === since
        } catch {
          // It ended just now, or this user may not look.
          return hasId(pid) ? undefined : false
        }
      }
    }
  } catch {
    return {
      pid,
      host: process.getBuiltinModule("node:os").hostname(),
      since: Math.round(performance.timeOrigin),
      isAlive: (pid) => hasId(pid) ? undefined : false
    }
  }
}
