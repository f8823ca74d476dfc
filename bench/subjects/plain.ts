/**
 * The workload in plain JavaScript without tracing.
 */
import { setImmediate } from "node:timers/promises"
import type { Open } from "../workload.ts"
import { callModel, request, search, STEPS } from "../workload.ts"

const session = (number: number): number => {
  let found = 0
  for (let step = 0; step < STEPS; step++) found += search(callModel(request(number, step)).outputTokens)
  return found
}

export const open: Open = async () => ({
  run: async (sessions) => {
    for (let i = 0; i < sessions; i++) {
      session(i)
      await setImmediate()
    }
  },
  calls: undefined,
  close: async () => {}
})
