/**
 * The container and the pod of Kubernetes that a process runs in.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/resource/k8s/
 * @internal
 */

const containerId = /(?:^|[/:-])([0-9a-f]{64})(?:\.scope)?(?:\/|$)/
const podUid = /(?:\/pods\/|pod)([0-9a-f]{8}(?:[-_][0-9a-f]{4}){3}[-_][0-9a-f]{12})/

/** The files that tell, where there are any. */
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

/** `container.id`, by the first version of control groups, or by the mounts under the second. */
export const containerAttributes = ({ cgroup, mountinfo }: PlatformFiles): Record<string, string> => {
  const mounted = (line: string) => line.includes("/etc/hostname")
  const id = first(cgroup, containerId) ?? first(mountinfo, /\/([0-9a-f]{64})\//, mounted)
  return id === undefined ? {} : { "container.id": id }
}

/** `k8s.*`, by what Kubernetes gives every container, and by the variables that its downward API is used for. */
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

/** What this process can read of both: nothing where there are no files. */
export const platformAttributes = (): Record<string, string> => {
  const { process } = globalThis as Builtins
  const fs = process?.getBuiltinModule?.("node:fs") as
    | { readonly readFileSync: (path: string, encoding: "utf8") => string }
    | undefined
  const read = (path: string): string | undefined => {
    try {
      return fs?.readFileSync(path, "utf8")
    } catch {
      // Not this platform.
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
