/**
 * Which error messages may be exported.
 *
 * @since 0.1.0
 */

/**
 * Which error messages may be exported where content may not.
 *
 * **Details**
 *
 * An error message may quote what people wrote: a prompt in a refusal, or an argument in a tool's complaint. With
 * `outside`, the default, a message is exported only if the error is unrelated to every event: it was raised outside of
 * every model call, tool, action and agent, and not because one of them failed. So the error of an unreachable database
 * keeps its message, while a failed tool, and everything that fails because of it, is exported with the error's type
 * alone. `all` exports every message and `none` exports no message. The types of errors and of their causes, and the
 * place in the program where they were raised, are always exported.
 *
 * @category models
 * @since 0.1.0
 */
export type ErrorPolicy = "all" | "outside" | "none"
