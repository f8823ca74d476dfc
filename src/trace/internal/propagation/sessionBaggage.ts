/**
 * The names of what a session tells in baggage.
 *
 * @internal
 */
/** @internal */
export const sessionName = "agentops.session.name"
/** @internal */
export const sessionTags = "agentops.tags"
/** @internal */
export const userId = "user.id"
/** @internal */
export const conversationId = "gen_ai.conversation.id"
