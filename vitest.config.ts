import { defineConfig } from "vitest/config"

export default defineConfig({
  // The package's own name resolves to its source, as in tsconfig.json.
  ssr: { resolve: { conditions: ["effect-agentops-source"] } },
  test: {
    include: ["test/**/*.test.ts"],
    // The default leaves one core free, which is half of a machine with two.
    maxWorkers: "100%",
    testTimeout: 20_000,
    hookTimeout: 60_000
  }
})
