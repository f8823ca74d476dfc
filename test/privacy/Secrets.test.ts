import { assert, describe, it } from "@effect/vitest"
import * as fs from "node:fs"
import * as path from "node:path"
import {
  asciiHasNoCredentials,
  mayHaveCredentials,
  withoutCredentials
} from "../../src/privacy/internal/credentials.ts"
import { findSecrets } from "../../src/privacy/internal/secrets/findSecrets.ts"
import { formats, looseFormats } from "../../src/privacy/internal/secrets/formats.ts"
import { isOpaque, verdictOf } from "../../src/privacy/internal/secrets/names.ts"
import * as Redactor from "../../src/privacy/Redactor.ts"
import type { Planted } from "../support/secrets/corpus.ts"
import { inDocuments, ofIssuers, underNames } from "../support/secrets/corpus.ts"

const redacted = (value: unknown) => String(Redactor.redact(Redactor.credentials, value))

const missed = (planted: ReadonlyArray<Planted>): ReadonlyArray<string> =>
  planted.filter(({ secret, text }) => redacted(text).includes(secret)).map(({ kind, text }) => `${kind}: ${text}`)

describe("the default redactor", () => {
  for (
    const [what, planted] of [
      ["what issuers give out", ofIssuers()],
      ["what stands under a telling name", underNames()],
      ["what documents, commands, URLs and headers carry", inDocuments()]
    ] as const
  ) {
    it(`finds nine in ten of ${what}`, () => {
      const left = missed(planted)
      assert.isAtMost(left.length, planted.length * 0.1, left.join("\n"))
    })
  }

  it("finds the same in bytes as in text, at any position", () => {
    const prose = "nothing of that kind is told here, and it goes on "
    for (const { text } of [...ofIssuers(4), ...underNames(5), ...inDocuments(6)]) {
      for (const before of [0, 1, 7, 30, 63, 64, 100]) {
        for (const after of [0, 3, 50, 61, 190]) {
          const whole = prose.repeat(2).slice(0, before) + text + prose.repeat(4).slice(0, after)
          if (Buffer.byteLength(whole) !== whole.length) continue
          const bytes = Buffer.from(`..${whole}..`)
          assert.strictEqual(asciiHasNoCredentials(whole, bytes, 2), !mayHaveCredentials(whole), whole)
        }
      }
    }
  })

  it("keeps the text beside a secret", () => {
    const cases: ReadonlyArray<readonly [text: string, left: string]> = [
      ["Authorization: ApiKey 8f3kd93kdm2", "Authorization: ApiKey [redacted]"],
      ["{\"headers\":{\"authorization\":\"Contoso 8f3kd93kdm2\"}}", "{\"headers\":{\"authorization\":\"[redacted]\"}}"],
      ["curl -u ada:h7nter2x https://example.com", "curl -u ada:[redacted] https://example.com"],
      ["password=\"correct h0rse battery\" next", "password=\"[redacted]\" next"],
      ["postgres://app:a/b0c@db/x?ssl=1", "postgres://app:[redacted]@db/x?ssl=1"],
      ["postgres://app:80/b0c@db/x", "postgres://app:[redacted]@db/x"],
      ["postgres://app:$(b0cAAA@db/x", "postgres://app:[redacted]@db/x"],
      ["postgres://app:${b0cAAA@db/x", "postgres://app:[redacted]@db/x"],
      ["postgres://app:${PASSWORD}b0c@db/x", "postgres://app:[redacted]@db/x"],
      ["A=1\nAPI_TOKEN=x8f3kd93kdm2\nB=2", "A=1\nAPI_TOKEN=[redacted]\nB=2"],
      ["<user>ada</user><password>h7nter2</password>", "<user>ada</user><password>[redacted]</password>"],
      ["[{\"name\":\"API_KEY\",\"value\":\"abc\"}]", "[{\"name\":\"API_KEY\",\"value\":\"[redacted]\"}]"],
      ["https://x.dev/a?sig=8f3kd93kdm2&b=1", "https://x.dev/a?sig=[redacted]&b=1"]
    ]
    for (const [text, left] of cases) assert.strictEqual(redacted(text), left)
  })

  it("keeps what code and people write about secrets", () => {
    for (
      const text of [
        "const password = getPassword(user)",
        "interface Options { apiKey: string; token?: string; secret: Redacted }",
        "headers: { Authorization: `Bearer ${token}` }",
        "if (token === undefined) throw new Error('no token')",
        "export const client = new Client({ apiKey: process.env.API_KEY })",
        "password: 'password', type: 'password'",
        "Set API_KEY=<your key> and run it",
        "The secret of success: patience. The key: practice.",
        "max_tokens: 4096, total_tokens=120, token_count: 7",
        "https://example.com:8080/@scope/package",
        "docker run -u 1000:1000 image",
        "const key = 'conversation-id'; map.set(key, value)",
        "readonly credentials?: Promise<Credentials>",
        "git@github.com:acme/app.git and mailto:ada@example.com",
        "sha256-47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU= is a digest"
      ]
    ) assert.strictEqual(redacted(text), text)
  })

  it("returns the same text if there is nothing to mask", () => {
    const text = "We looked for the shoes, and found three pairs of them. ".repeat(50)
    assert.isFalse(mayHaveCredentials(text))
    assert.isTrue(Object.is(withoutCredentials(text), text))
  })

  it("masks nearly nothing in ordinary code and documentation", () => {
    const modules = path.resolve(import.meta.dirname, "../../node_modules")
    let characters = 0
    const masks: Array<string> = []
    for (
      const folder of [
        "effect/src",
        "vitest",
        "typescript/README.md",
        "dprint",
        "zod/src",
        "undici/docs",
        "@effect/vitest"
      ]
    ) {
      const at = path.join(modules, folder)
      if (!fs.existsSync(at)) continue
      const files = fs.statSync(at).isFile()
        ? [at]
        : fs.globSync("**/*.{ts,js,md}", { cwd: at }).map((file) => path.join(at, file))
      for (const file of files.sort().filter((_, i) => i % 4 === 0)) {
        const text = fs.readFileSync(file, "utf8").slice(0, 50_000)
        characters += text.length
        findSecrets(text, (from, to) => masks.push(`${file}: ${text.slice(Math.max(0, from - 30), to)}`) > 0)
      }
    }
    assert.isAbove(characters, 1_000_000)
    assert.isAtMost(masks.length / characters * 1e6, 5, masks.join("\n"))
  })
})

describe("the formats of issuers", () => {
  it("have no nested repetition, and no unbounded one before a required part", () => {
    for (const pattern of [...formats.map(({ rest }) => rest), ...looseFormats.map(([, , , pattern]) => pattern)]) {
      const flat = pattern.replace(/\\./g, "x").replace(/\[[^\]]*\]/g, "x")
      assert.notMatch(flat, /\([^()]*[+*}][^()]*\)(?:[+*]|\{\d+,\d*\})/, pattern)
      assert.instanceOf(new RegExp(pattern, "y"), RegExp)
    }
  })

  it("need no more steps for twice the text, each of them bounded", () => {
    for (
      const unit of [
        "sk-",
        "eyJ",
        "://a@",
        "password=",
        "authorization: a ",
        "key key ",
        "kind: secret\n",
        "-us1",
        " -u a:b ",
        "mysql "
      ]
    ) {
      const count = (times: number) => {
        let found = 0
        findSecrets(unit.repeat(times), () => (found++, true), true)
        return found
      }
      assert.isAtMost(count(2_000), 2 * count(1_000) + 2, unit)
    }
  })

  it("start where a word starts, or after an escape", () => {
    assert.strictEqual(
      redacted("xghp_0123456789abcdefghij0123456789abcdef"),
      "xghp_0123456789abcdefghij0123456789abcdef"
    )
    assert.strictEqual(redacted("{\"cut\":\"a\\nghp_0123456789abcdefghij0123456789abcdef"), "{\"cut\":\"a\\n[redacted]")
  })
})

describe("the names of secrets", () => {
  it("are recognized by their last words, in any spelling", () => {
    for (
      const name of [
        "password",
        "DB_PASSWORD",
        "x-api-key",
        "clientSecret",
        "aws.secretAccessKey",
        "API_KEY_2",
        "authorization",
        "db-pass",
        "GITHUB_TOKEN"
      ]
    ) {
      assert.strictEqual(verdictOf(name), "always", name)
    }
    assert.strictEqual(verdictOf("session.id"), "never")
    for (const name of ["token", "key", "OPENAI_KEY", "session_id", "auth", "sig"]) {
      assert.strictEqual(verdictOf(name), "opaque", name)
    }
    for (
      const name of [
        "max_tokens",
        "token_count",
        "tokenizer",
        "monkey",
        "password_policy",
        "api_key_id",
        "session.id",
        "passenger",
        "keys",
        "author"
      ]
    ) {
      assert.notStrictEqual(verdictOf(name), "always", name)
    }
  })

  it("keep a value that is a word if the name alone is no proof", () => {
    for (
      const value of [
        "conversation-identifier",
        "someCamelCaseIdentifier",
        "https://example.com/path-1/2",
        "1.2.3-beta.456789"
      ]
    ) {
      assert.isFalse(isOpaque(value), value)
    }
    assert.isTrue(isOpaque("Zq8xT2vLm4Kp9Rw1Yc6B"))
  })
})
