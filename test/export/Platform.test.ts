import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as OpenTelemetry from "effect-agentops/export/OpenTelemetry"
import { containerAttributes, kubernetesAttributes } from "../../src/export/internal/platform.ts"

const id = "0123456789abcdef".repeat(4)
const uid = "8c0b7e2a-1234-4c5d-9e6f-0a1b2c3d4e5f"

describe("platform", () => {
  it.each([
    ["docker, v1", { cgroup: `12:pids:/docker/${id}\n` }],
    ["systemd, v1", { cgroup: `1:name=systemd:/system.slice/docker-${id}.scope\n` }],
    ["containerd in Kubernetes, v1", { cgroup: `1:cpu:/kubepods/besteffort/pod${uid}/${id}\n` }],
    ["v2, by its mounts", {
      cgroup: "0::/\n",
      mountinfo: `1 2 8:1 /var/lib/docker/containers/${id}/hostname /etc/hostname rw - ext4 /dev/sda1 rw\n`
    }]
  ])("a container: %s", (_, files) => {
    assert.deepStrictEqual(containerAttributes(files), { "container.id": id })
  })

  it("no container, no id", () => {
    assert.deepStrictEqual(containerAttributes({}), {})
    assert.deepStrictEqual(containerAttributes({ cgroup: "0::/init.scope\n", mountinfo: "1 2 8:1 / / rw\n" }), {})
  })

  it("a pod, by what every container has and what its manifest sets", () => {
    const files = {
      cgroup: `1:cpu:/kubepods.slice/kubepods-pod${uid.replaceAll("-", "_")}.slice\n`,
      namespace: "shop\n"
    }
    const env = { KUBERNETES_SERVICE_HOST: "10.0.0.1", HOSTNAME: "pod-7", K8S_NODE_NAME: "node-1" }
    assert.deepStrictEqual(kubernetesAttributes(env, files), {
      "k8s.pod.name": "pod-7",
      "k8s.pod.uid": uid,
      "k8s.namespace.name": "shop",
      "k8s.node.name": "node-1"
    })
    assert.deepStrictEqual(kubernetesAttributes({ HOSTNAME: "laptop" }, files), {})
  })

  it.live("detect finds host, operating system and process by default", () =>
    Effect.gen(function*() {
      const found = yield* OpenTelemetry.detect()
      for (const key of ["host.name", "os.type", "process.pid", "process.runtime.name"]) assert.property(found, key)
    }))
})
