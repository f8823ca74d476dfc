/**
 * Builds the viewer's page: one HTML file that contains its script and styles, so that it loads nothing.
 */
import * as fs from "node:fs"
import * as path from "node:path"
import { build } from "vite"

const root = path.join(import.meta.dirname, "..")
const out = path.join(root, "dist/viewer/page.html")

const built = await build({
  root,
  configFile: false,
  logLevel: "warn",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: {
    write: false,
    target: "es2023",
    modulePreload: false,
    rollupOptions: { input: path.join(root, "src/viewer/internal/page/main.tsx"), output: { format: "iife" } }
  }
})
const outputs = Array.isArray(built) ? built : [built]
const chunk = outputs.flatMap((output) => "output" in output ? output.output : []).find(({ type }) => type === "chunk")
if (chunk?.type !== "chunk") throw new Error("the page was not built")

// The script must not contain text that ends a script or opens a comment.
const script = chunk.code.trim().replaceAll("</script", "<\\/script").replaceAll("<!--", "<\\!--")
const style = fs.readFileSync(path.join(root, "src/viewer/internal/page/style.css"), "utf8").replace(/\s+/g, " ").trim()

fs.mkdirSync(path.dirname(out), { recursive: true })
// A reader always gets a complete page, the old or the new one.
const draft = `${out}.${process.pid}`
fs.writeFileSync(
  draft,
  `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>effect-agentops</title>
<link rel="icon" href="data:,">
<style>${style}</style>
</head>
<body>
<div id="app"></div>
<script>${script}</script>
</body>
</html>
`
)
fs.renameSync(draft, out)
console.log(`${path.relative(root, out)}: ${Math.round(fs.statSync(out).size / 1024)} KiB`)
