/**
 * The rules of redaction as values: a path, a decision, a rule, a redactor.
 *
 * @since 0.1.0
 */

/**
 * The path to a value: `attributes`, `events`, `links`, `status`, `name`, `body` or `resource`, then the key of an
 * attribute, then the keys and indices in the attribute's JSON.
 *
 * @category models
 * @since 0.1.0
 */
export type Path = ReadonlyArray<string | number>

/**
 * The decision about a value.
 *
 * @category models
 * @since 0.1.0
 */
export type Decision =
  | { readonly _tag: "Keep" }
  | { readonly _tag: "Drop" }
  | { readonly _tag: "Replace"; readonly value: string | number | boolean }

/**
 * A rule: its name for people, and its decision.
 *
 * **Details**
 *
 * `decide` sees lists and objects first and then, if it keeps them, their parts. If a text is JSON, it sees the parts
 * first and the text afterwards. If a rule throws, the value is replaced.
 *
 * `hint` returns whether the rule may change a text, JSON included. JSON is parsed only if a rule asks for it, because
 * parsing is most of the cost. Without a hint the rule sees everything. `text` marks a rule for text in every place,
 * the names of keys included.
 *
 * **Gotchas**
 *
 * The path is valid only during the call, because it is one list that changes.
 *
 * @category models
 * @since 0.1.0
 */
export interface Rule {
  readonly name: string
  readonly decide: (path: Path, value: unknown) => Decision
  readonly hint?: ((text: string) => boolean) | undefined
  readonly text?: boolean | undefined
}

/**
 * An ordered list of rules. Each rule sees the result of the one before it.
 *
 * @category models
 * @since 0.1.0
 */
export interface Redactor {
  readonly rules: ReadonlyArray<Rule>
}
