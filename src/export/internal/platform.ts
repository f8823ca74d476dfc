/**
 * Detects the container and the Kubernetes pod in which the process runs.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/resource/k8s/
 * @internal
 */

const containerId = /(?:^|[/:-])([0-9a-f]{64})(?:\.scope)?(?:\/|$)/
const podUid = /(?:\/pods\/|pod)([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12})/

/** The contents of the files that identify them. */
export interface PlatformFiles {
  readonly cgroup?: string | undefined
  readonly mountinfo?: string | undefined
  readonly namespace?: string | undefined
}

const first = (text: string | undefined, pattern: RegExp, of: (line: string) => boolean = () => true) => {
  for (const line of (text ?? "").split("\n")) {
    const found = of(line) ? pattern.exec(line) : null
    if (found !== null) return found[1]
  }
  return undefined
}

/** `container.id`, from the control groups of version 1, or from the mounts under version 2. */
export const containerAttributes = ({ cgroup, mountinfo }: PlatformFiles): Record<string, string> => {
  const mounted = (line: string) => line.includes("/etc/hostname")
  const id = first(cgroup, containerId) ?? first(mountinfo, /\/([0-9a-f]{64})\//, mounted)
  return id === undefined ? {} : { "container.id": id }
}

/** `k8s.*`, from files and variables of every container, and from variables set by Kubernetes's downward API. */
export const kubernetesAttributes = (
  env: Readonly<Record<string, string | undefined>>,
  { cgroup, mountinfo, namespace }: PlatformFiles
): Record<string, string> => {
  if ((env["KUBERNETES_SERVICE_HOST"] ?? "") === "") return {}
  const uid = env["K8S_POD_UID"] ?? env["POD_UID"] ?? first(mountinfo, podUid) ?? first(cgroup, podUid)
  const found = {
    "k8s.pod.name": env["K8S_POD_NAME"] ?? env["POD_NAME"] ?? env["HOSTNAME"],
    "k8s.pod.uid": uid?.replaceAll("_", "-"),
    "k8s.namespace.name": env["K8S_NAMESPACE_NAME"] ?? env["POD_NAMESPACE"] ?? namespace?.trim(),
    "k8s.node.name": env["K8S_NODE_NAME"] ?? env["NODE_NAME"],
    "k8s.container.name": env["K8S_CONTAINER_NAME"] ?? env["CONTAINER_NAME"],
    "k8s.cluster.name": env["K8S_CLUSTER_NAME"]
  }
  return Object.fromEntries(
    Object.entries(found).filter((entry): entry is [string, string] => entry[1] !== undefined && entry[1] !== "")
  )
}

interface Builtins {
  readonly process?: {
    readonly env?: Readonly<Record<string, string | undefined>>
    readonly getBuiltinModule?: (name: string) => unknown
  }
}

/** The attributes of both for this process. Empty if there are no such files. */
export const platformAttributes = (): Record<string, string> => {
  const { process } = globalThis as Builtins
  const fs = process?.getBuiltinModule?.("node:fs") as
    | { readonly readFileSync: (path: string, encoding: "utf8") => string }
    | undefined
  const read = (path: string): string | undefined => {
    try {
      return fs?.readFileSync(path, "utf8")
    } catch {
      // Another platform, without this file.
      return undefined
    }
  }
  const files = {
    cgroup: read("/proc/self/cgroup"),
    mountinfo: read("/proc/self/mountinfo"),
    namespace: read("/var/run/secrets/kubernetes.io/serviceaccount/namespace")
  }
  return { ...containerAttributes(files), ...kubernetesAttributes(process?.env ?? {}, files) }
}
