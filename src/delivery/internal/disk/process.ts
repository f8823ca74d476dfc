/**
 * Identifies this process, and determines whether another one is alive.
 *
 * On Linux the kernel answers both exactly. The boot and the namespace of process ids determine which ids can be
 * compared. The start time distinguishes a process from a later one with the same id. So a stopped or sleeping process
 * never counts as dead, whatever the clocks. On other systems a process is dead if its id does not exist. If the id
 * exists, nothing is known.
 *
 * A lock that the kernel releases with its process would work across containers, too. Node has none without a native
 * module: there is no `flock`. A socket that listens in the directory is limited to a path of 104 characters, does not
 * work on network disks, and may be left behind. It would only improve one case: two containers on one machine, one of
 * which is stopped for long. That case duplicates spans but loses none.
 *
 * @internal
 */

/** @internal */
export interface Process {
  readonly pid: number
  /** The scope in which process ids can be compared: a boot of a machine and a namespace, or a host. */
  readonly host: string
  /** The start of the process in some unit, which distinguishes it from another with the same id. */
  readonly since: number
  /** Whether the process with this id and start is alive on this host, or `undefined` if that is unknown. */
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

/** The start of a process in ticks since the boot: field 22, counted after the name in brackets. */
const beganAt = (stat: string): number => Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19])

/** This process. @internal */
export const currentProcess = (): Process => {
  const { process } = globalThis as unknown as { readonly process: NodeProcess }
  const { pid } = process
  const hasId = (pid: number): boolean => {
    // Signal 0 only checks the process. An error's code tells why it cannot be signalled.
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
          // It ended just now, or this user may not read it.
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
