/**
 * The names of a session's baggage entries.
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
