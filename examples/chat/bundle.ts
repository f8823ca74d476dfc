// Bundles the worker into one module.
import * as path from "node:path"
import { build } from "vite"

export const bundleWorker = async (): Promise<string> => {
  const output = await build({
    configFile: false,
    logLevel: "error",
    root: import.meta.dirname,
    resolve: { conditions: ["effect-agentops-source", "workerd", "worker"] },
    ssr: { noExternal: true, target: "webworker", resolve: { conditions: ["effect-agentops-source", "workerd"] } },
    build: {
      ssr: path.join(import.meta.dirname, "worker.ts"),
      write: false,
      minify: false,
      target: "esnext",
      rolldownOptions: { output: { format: "es", codeSplitting: false } }
    }
  })
  const [result] = [output].flat()
  if (result === undefined || !("output" in result)) throw new Error("Nothing was bundled")
  return result.output[0].code
}
