// Runs in the folder that has miniflare: node miniflare.mjs WORKER FLAG URL SERVICE
import { Miniflare } from "miniflare"
import * as fs from "node:fs"

const [worker, flag, url, service] = process.argv.slice(2)
const miniflare = new Miniflare({
  modules: [{ type: "ESModule", path: "worker.mjs", contents: fs.readFileSync(worker, "utf8") }],
  bindings: { URL: url, SERVICE: service },
  compatibilityDate: "2026-04-01",
  compatibilityFlags: flag === "none" ? [] : [flag],
  port: 0
})
const response = await miniflare.dispatchFetch("http://localhost/")
console.log(await response.text())
await miniflare.dispose()
process.exit(response.status === 200 ? 0 : 1)
