/**
 * How far the messages of errors may go.
 *
 * @since 0.1.0
 */

/**
 * How far the messages of errors may go where content may not.
 *
 * **Details**
 *
 * What an error says may quote what people wrote: a prompt in a refusal, an argument in a tool's complaint. With
 * `outside`, the default, it is told of errors that have nothing to do with an event: raised outside of every model
 * call, tool, action and agent, and not around one that failed. So a database that is not there is told in full, and a
 * tool that fails with its type alone, and so is all that fails of it. `all` tells every message, `none` tells none. The
 * types of errors and of what caused them, and where in the program they were raised, are told in any case.
 *
 * @category models
 * @since 0.1.0
 */
export type ErrorPolicy = "all" | "outside" | "none"
