/**
 * What happens at the end of events and sessions that an exporter receives.
 *
 * @internal
 */
export { prepareContent } from "./event/content.ts"
export { measureEvent } from "./measure/event.ts"
export { measureSession } from "./measure/session.ts"
