import { assert, describe, it } from "@effect/vitest"
import * as Attribute from "../../src/core/Attribute.ts"
import * as Redactor from "../../src/privacy/Redactor.ts"
import { filesOf } from "../support/recorded/files.ts"
import { plantedSecret } from "../support/secrets/planted.ts"

const redacted = (value: unknown, redactor = Redactor.credentials) => String(Redactor.redact(redactor, value))

/** Text with every JSON escape decoded, at any depth, so that the search finds everything. */
const unescaped = (text: string): string => {
  const next = text.replace(/\\+n/g, "\n").replace(/\\+"/g, "\"").replace(/\\+\\/g, "\\")
  return next === text ? text : unescaped(next)
}

describe("credentials", () => {
  it.prop("leave nothing of a secret at any path", { planted: plantedSecret }, ({ planted: { secret, value } }) => {
    assert.notInclude(unescaped(redacted(value)), secret.core, `${secret.kind} in ${JSON.stringify(value)}`)
  }, { arbitrary: { runs: 2000 } })

  it.prop("leave JSON that parses", { planted: plantedSecret }, ({ planted: { value } }) => {
    JSON.parse(redacted({ value }))
  })

  it("are found by the names of keys", () => {
    const value = {
      password: "correct horse",
      clientSecret: "abc",
      "x-api-key": 12345,
      headers: { authorization: ["a b", "c"], cookie: "session" },
      accessToken: "t",
      max_tokens: 100,
      token_count: 7,
      token: "word",
      api_token: "0123456789abcdef",
      tool: { properties: { password: { type: "string" } } }
    }
    assert.deepStrictEqual(JSON.parse(redacted(value)), {
      password: "[redacted]",
      clientSecret: "[redacted]",
      "x-api-key": "[redacted]",
      headers: { authorization: ["[redacted]", "[redacted]"], cookie: "[redacted]" },
      accessToken: "[redacted]",
      max_tokens: 100,
      token_count: 7,
      token: "word",
      api_token: "[redacted]",
      tool: { properties: { password: { type: "string" } } }
    })
  })

  it("are found behind escapes, duplicate keys and text that is nearly JSON", () => {
    const key = "sk-proj-7Jk2mNpQ4rStUvWxYz01"
    const escaped = `{"a":"\\u0073k-proj-7Jk2mNpQ4rStUvWxYz01"}`
    assert.strictEqual(redacted(escaped), "{\"a\":\"[redacted]\"}")
    assert.notInclude(redacted(`{"a":"${key}","a":"x"}`), key)
    assert.notInclude(redacted(`{"a":"${key}`), key)
    assert.notInclude(redacted(`{"a":"line\\n${key}`), key)
    assert.strictEqual(redacted("{\"password\": \"hunter2"), "{\"password\": \"[redacted]")
  })

  it("leave ordinary text unchanged", () => {
    for (
      const text of [
        "We use sk-learn-compatible-estimators for the risk-assessment-of-loans.",
        "A basic understanding of tokens; the bearer of bad news.",
        "Is the secret of success the password policy? See https://example.com/a?page=2#top",
        "{\"max_tokens\":100,\"gen_ai.usage.input_tokens\":12}",
        "Flight HAT123 at 12:30:45 on 2024-05-15, call +1 555 0100"
      ]
    ) assert.strictEqual(redacted(text), text)
  })

  it("are not found in the prose of agents and models", () => {
    for (const { name, text } of [...filesOf("recordings"), ...filesOf("transcripts")]) {
      assert.strictEqual(redacted(text), text, name)
    }
  })
})

describe("personal data", () => {
  const only = (rule: Redactor.Rule, text: string) => redacted(text, Redactor.make(rule))

  it("is found by its form, with few false matches", () => {
    assert.strictEqual(only(Redactor.emails, "write to ada.l+x@mail.example.co.uk, @ada"), "write to [redacted], @ada")
    assert.strictEqual(
      only(Redactor.cards, "4111 1111 1111 1111 or 4111 1111 1111 1112"),
      "[redacted] or 4111 1111 1111 1112"
    )
    assert.strictEqual(only(Redactor.cards, "[4111111111111111]"), "[\"[redacted]\"]")
    assert.strictEqual(
      only(Redactor.ipAddresses, "10.0.0.1, 2001:db8::8a2e:370:7334 at 12:30:45, v1.2.3, 999.1.1.1"),
      "[redacted], [redacted] at 12:30:45, v1.2.3, 999.1.1.1"
    )
    assert.strictEqual(
      only(Redactor.phones, "+15550100200, (030) 1234-5678 90, on 2024-05-15 at 10:00"),
      "[redacted], [redacted], on 2024-05-15 at 10:00"
    )
  })
})

describe("rules", () => {
  it("see lists and objects before their parts, with the path", () => {
    const seen: Array<string> = []
    const spy: Redactor.Rule = {
      name: "spy",
      decide: (path, value) => {
        seen.push(`${path.join("/")}=${Attribute.toJson(value)}`)
        return Redactor.keep
      }
    }
    assert.strictEqual(redacted({ a: [1, { b: "x" }] }, Redactor.make(spy)), "{\"a\":[1,{\"b\":\"x\"}]}")
    assert.deepStrictEqual(seen, [
      "={\"a\":[1,{\"b\":\"x\"}]}",
      "a=[1,{\"b\":\"x\"}]",
      "a/0=1",
      "a/1={\"b\":\"x\"}",
      "a/1/b=\"x\"",
      "=\"{\\\"a\\\":[1,{\\\"b\\\":\\\"x\\\"}]}\""
    ])
  })

  it("drop a value with its key, and keep the rest", () => {
    const redactor = Redactor.make(Redactor.dropAt("b", (path) => path.at(-1) === "b"))
    assert.strictEqual(redacted({ a: 1, b: { c: 2 }, d: [{ b: 3 }, 4] }, redactor), "{\"a\":1,\"d\":[{},4]}")
  })

  it("see the result of the rules before them", () => {
    const redactor = Redactor.combine(
      Redactor.make(Redactor.text("first", (text) => text.replace("cat", "dog"))),
      Redactor.make(Redactor.text("second", (text) => text.replace("dog", "cow")))
    )
    assert.strictEqual(redacted("a cat", redactor), "a cow")
  })

  it("that throw replace the value, so no secret passes", () => {
    const redactor = Redactor.make({
      name: "broken",
      decide: (_, value) => {
        if (value === "x") throw new Error("what now")
        return Redactor.keep
      }
    })
    assert.strictEqual(redacted({ a: "x", b: "y" }, redactor), "{\"a\":\"[redacted]\",\"b\":\"y\"}")
    const hint = Redactor.make(Redactor.text("hint", () => "gone", () => {
      throw new Error("no")
    }))
    assert.strictEqual(redacted("x", hint), "[redacted]")
  })
})

describe("a value that cannot be checked", () => {
  it("is left out if it is too deep", () => {
    const key = "sk-proj-7Jk2mNpQ4rStUvWxYz01"
    let nested: unknown = key
    for (let i = 0; i < 60; i++) nested = JSON.stringify([nested].slice(0, 1)).length > 1e6 ? nested : { nested }
    assert.notInclude(redacted(nested), key)
    let deep: unknown = { custom: 1 }
    for (let i = 0; i < 5000; i++) deep = [deep]
    const redactor = Redactor.make(Redactor.keys("custom", (key) => key === "custom"))
    assert.notInclude(redacted(deep, redactor), "custom")
  })

  it("is cut if it is too long, and takes proportional time", () => {
    const hostile = ["sk-", "eyJ", "://", "a@", "1 ", "-----BEGIN PRIVATE KEY-----", "password=", "{", "basic ", "aaaa"]
    for (const unit of hostile) {
      const text = unit.repeat(Math.ceil(2e5 / unit.length))
      const result = redacted(text, Redactor.combine(Redactor.credentials, Redactor.personalData))
      assert.isAtMost(result.length, text.length * 4)
    }
    const long = JSON.stringify(["x".repeat(5e6), "sk-proj-7Jk2mNpQ4rStUvWxYz01"])
    assert.match(redacted(long), /^\[\d+ characters of JSON left out\]$/)
  })

  it("is never a cycle or a getter, because those are removed before", () => {
    const cycle: Record<string, unknown> = { password: "hunter2" }
    cycle["self"] = cycle
    assert.strictEqual(redacted(cycle), "{\"password\":\"[redacted]\",\"self\":\"[Circular]\"}")
    assert.strictEqual(
      redacted({ toJSON: () => ({ api_key: "abc" }) }),
      "{\"api_key\":\"[redacted]\"}"
    )
  })
})
