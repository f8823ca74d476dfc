import { defineConfig } from "vitest/config"

export default defineConfig({
  // The package imported by its own name is its source, as in tsconfig.json.
  ssr: { resolve: { conditions: ["effect-agentops-source"] } },
  test: {
    include: ["test/**/*.test.ts"],
    // The default leaves a core free, which on two cores is half of them.
    maxWorkers: "100%",
    testTimeout: 20_000,
    hookTimeout: 60_000
  }
})
