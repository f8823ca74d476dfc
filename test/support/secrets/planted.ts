/** Secrets of every kind, and places for them. */
import * as Arbitrary from "effect/Arbitrary"
import * as Schema from "effect/Schema"

const int = (minimum: number, maximum: number) =>
  Arbitrary.schema(Schema.Int.check(Schema.isBetween({ minimum, maximum })))

const oneOf = <A>(...values: ReadonlyArray<A>) => Arbitrary.map(int(0, values.length - 1), (i) => values[i]!)

const choice = <A>(...arbitraries: ReadonlyArray<Arbitrary.Arbitrary<A>>): Arbitrary.Arbitrary<A> =>
  Arbitrary.flatMap(int(0, arbitraries.length - 1), (i) => arbitraries[i]!)

const chars = (alphabet: string, minimum: number, maximum: number) =>
  Arbitrary.map(
    Arbitrary.array(int(0, alphabet.length - 1), { minLength: minimum, maxLength: maximum }),
    (picks) => picks.map((pick) => alphabet[pick]).join("")
  )

const upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
const digits = "0123456789"
const alphanumeric = upper + upper.toLowerCase() + digits

/** A secret in its program's form, and the part that must not leak. */
export interface Secret {
  readonly kind: string
  readonly text: string
  readonly core: string
}

const token = (kind: string, prefix: string, minimum: number, alphabet = alphanumeric) =>
  // With a digit, as every real one of this length has.
  Arbitrary.map(chars(alphabet, minimum, minimum + 30), (rest): Secret => ({
    kind,
    text: `${prefix}7${rest}`,
    core: `7${rest}`
  }))

const base64 = (text: string) => Buffer.from(text).toString("base64")
const base64url = (text: string) => Buffer.from(text).toString("base64url")

export const secret: Arbitrary.Arbitrary<Secret> = choice<Secret>(
  token("openai", "sk-proj-", 30),
  token("openai", "sk-", 20),
  token("anthropic", "sk-ant-api03-", 30),
  token("groq", "gsk_", 30),
  token("hugging face", "hf_", 30),
  token("github", "ghp_", 36),
  token("slack", "xoxb-", 20),
  token("google", "AIza", 34),
  token("stripe", "sk_live_", 20),
  Arbitrary.map(chars(upper + digits, 16, 16), (id) => ({ kind: "aws", text: `AKIA${id}`, core: id })),
  Arbitrary.map(
    chars(alphanumeric, 20, 40),
    (value) => ({ kind: "bearer", text: `Bearer ${value}`, core: value })
  ),
  Arbitrary.map(chars(alphanumeric, 8, 20), (password) => {
    const core = base64(`ada:${password}`)
    return { kind: "basic", text: `Basic ${core}`, core }
  }),
  Arbitrary.map(
    chars(alphanumeric + "!$*()~.-", 8, 30),
    (password) => ({ kind: "url", text: `postgres://ada:${password}@db.example.com/orders`, core: password })
  ),
  Arbitrary.map(chars(alphanumeric + "/+", 64, 640), (key) => ({
    kind: "private key",
    text: `-----BEGIN RSA PRIVATE KEY-----\n${key}\n-----END RSA PRIVATE KEY-----`,
    core: key
  })),
  Arbitrary.map(chars(alphanumeric, 16, 40), (subject) => {
    const core = `${base64url(JSON.stringify({ sub: subject }))}.${subject}`
    return { kind: "jwt", text: `${base64url(JSON.stringify({ alg: "HS256", typ: "JWT" }))}.${core}`, core }
  }),
  Arbitrary.map(
    chars(alphanumeric, 8, 20),
    (value) => ({ kind: "parameter", text: `https://example.com/a?x=1&api_key=${value}&y=2`, core: value })
  )
)

/** Text around a secret. The neighbouring characters are not letters or digits, which would belong to the secret. */
export const surrounded = (text: string): Arbitrary.Arbitrary<string> =>
  Arbitrary.map(
    Arbitrary.all([
      oneOf("", "use ", "line\n", "(", "\"", "'", "key: ", "日", "a\tb\t", "🔑", "<b>"),
      oneOf("", " now", "\nline", ")", "\"", "'", "日", "\u0000", "🔑", "</b>")
    ]),
    ([before, after]) => before + text + after
  )

type Wrap = (value: unknown) => unknown

const wrap: Arbitrary.Arbitrary<Wrap> = oneOf<Wrap>(
  (value) => ({ note: "hello", value }),
  (value) => ({ items: [1, null, value, "x"] }),
  (value) => [value],
  (value) => JSON.stringify(value),
  (value) => JSON.stringify(value, undefined, 2),
  (value) => `the tool said ${typeof value === "string" ? value : JSON.stringify(value)} and no more`,
  (value) => ({ [typeof value === "string" ? value : JSON.stringify(value)]: true }),
  (value) => ({ a: { b: { c: { d: [[[value]]] } } } })
)

/** A value with the text somewhere inside: in objects, lists, keys and JSON text. */
export const planted = (text: string): Arbitrary.Arbitrary<unknown> =>
  Arbitrary.map(
    Arbitrary.all({ text: surrounded(text), wraps: Arbitrary.array(wrap, { maxLength: 5 }) }),
    ({ text, wraps }) => wraps.reduce<unknown>((value, wrap) => wrap(value), text)
  )

/** A secret and a value that contains it. */
export const plantedSecret: Arbitrary.Arbitrary<{ readonly secret: Secret; readonly value: unknown }> = Arbitrary
  .flatMap(secret, (secret) => Arbitrary.map(planted(secret.text), (value) => ({ secret, value })))
