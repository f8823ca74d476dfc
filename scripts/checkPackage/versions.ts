/**
 * The tools that only this command needs. It installs them into its own folders, so that `npm ci` stays small.
 */

/** The compilers, by their name in the project. */
export const compilers = { "7.0": "npm:typescript@7.0.2", "5.9": "npm:typescript@5.9.3" } as const

export const tstyche = "7.2.5"

export const bundlers = [
  "esbuild@0.28.2",
  "vite@8.3.8",
  "webpack@5.112.2",
  "rollup@4.68.8",
  "@rollup/plugin-node-resolve@16.0.3"
] as const

/** The runtimes that npm has as one binary for each platform: the package, and the binary inside. */
export const binaries = (platform: string, arch: string): ReadonlyArray<Binary> => {
  const deno = platform === "linux" ? `${platform}-${arch}-glibc` : `${platform}-${arch}`
  const exe = platform === "win32" ? ".exe" : ""
  const node = platform === "win32" ? `win-${arch}` : `${platform}-${arch}`
  return [
    { name: "Node 22.19", package: `node-${node}`, version: "22.19.0", path: `bin/node${exe}` },
    { name: "Node 24", package: `node-${node}`, version: "24.21.0", path: `bin/node${exe}` },
    { name: "Bun", package: `@oven/bun-${platform}-${arch}`, version: "1.4.5", path: `bin/bun${exe}` },
    { name: "Deno", package: `@deno/${deno}`, version: "2.9.6", path: `deno${exe}` }
  ]
}

export interface Binary {
  readonly name: string
  readonly package: string
  readonly version: string
  readonly path: string
}

export const miniflare = "miniflare@4.20260730.0"
export const playwright = "playwright-core@1.65.1"
