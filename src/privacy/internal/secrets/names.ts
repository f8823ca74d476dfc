/**
 * Decides which names are names of secrets: keys of JSON and of attributes, environment variables, headers, flags, XML,
 * YAML and query strings.
 *
 * A name is split into words at `_`, `-`, `.` and capitals. Its last words show what it names. So `OPENAI_API_KEY`,
 * `x-api-key` and `clientSecret` are names of secrets, and `api_key_id`, `passwordPolicy` and `max_tokens` are not.
 *
 * @internal
 */

/** Whether the value of a name is a secret: always, only if it looks like one, or not because of its name. @internal */
export type Verdict = "always" | "opaque" | "never"

const set = (words: string): ReadonlySet<string> => new Set(words.split(" "))

const always = set(
  "password passwd passphrase passcode passwort pwd userpass secret apikey authorization credential cred cookie " +
    "authtoken accesstoken refreshtoken idtoken sessiontoken bearertoken csrftoken xsrftoken apitoken secretkey " +
    "accesskey privatekey accountkey encryptionkey signingkey masterkey clientsecret connectionstring connstr " +
    "mnemonic pgpassword authkey"
)

const opaque = set(
  "token key auth pass sid sessionid jsessionid phpsessid dsn pat jwt sas signature sig hmac bearer session csrf xsrf " +
    "salt pepper pin otp"
)

// A key with one of these words before it opens something. Any other key, such as the key of a map, is a secret only if
// its value looks like one.
const keyOf = set(
  "api access secret private account encryption signing master auth shared storage service subscription license ssh " +
    "hmac client consumer app application admin server webhook deploy host primary secondary functions ingest write " +
    "read publish integration personal project user rsa"
)

const tokenOf = set(
  "access refresh id auth session security bearer csrf xsrf api deploy bot personal oauth oauth2 user app service " +
    "github gitlab npm npmauth slack secret private registry login webhook write read upload publish"
)

/** Issuers. An opaque value beside an issuer's name is a secret of that issuer. */
const issuers = set(
  "adafruit adobe airtable algolia alibaba asana atlassian confluence jira beamer bitbucket bittrex meraki cloudflare " +
    "codecov cohere coinbase confluent contentful datadog discord droneci dropbox etsy facebook fastly finicity " +
    "finnhub flickr freshbooks gitter gocardless heroku hubspot intercom jfrog artifactory bintray xray kraken kucoin " +
    "launchdarkly linear linkedin lob looker mailchimp mailgun mapbox mattermost messagebird netlify newrelic nytimes " +
    "okta plaid privateai rapidapi sendbird sentry snyk sonar squarespace sumo sumologic telegram travis travisci " +
    "twitch twitter typeform yandex zendesk openai anthropic groq mistral stripe twilio sendgrid github gitlab slack " +
    "pagerduty opsgenie amplitude mixpanel pusher algolia auth0 firebase supabase pinecone weaviate " +
    "grafana honeycomb rollbar bugsnag logdna loggly papertrail shopify squareup paypal braintree plaid dwolla " +
    "deepgram assemblyai elevenlabs huggingface perplexity tavily serper serpapi"
)

const wordsOf = (name: string): Array<string> =>
  name
    .replace(/([a-z0-9])([A-Z])/g, "$1 $2")
    .replace(/([A-Z])([A-Z][a-z])/g, "$1 $2")
    .toLowerCase()
    .split(/[^a-z0-9]+/)
    .filter((word) => word !== "" && !/^\d+$/.test(word))

const singular = (word: string): string => word.length > 4 && /[^s]s$/.test(word) ? word.slice(0, -1) : word

const judge = (words: ReadonlyArray<string>): Verdict => {
  const raw = words.at(-1)
  if (raw === undefined) return "never"
  const last = singular(raw).replace(/\d+$/, "")
  const before = words.at(-2)
  // A plural is usually a count: model calls report token counts all the time.
  if (raw === "tokens" || raw === "keys" || raw === "sessions" || raw === "cookies" || raw === "signatures") {
    return before !== undefined && raw !== "sessions" && (keyOf.has(before) && raw === "keys" || raw === "cookies")
      ? "always"
      : raw === "cookies"
      ? "always"
      : "never"
  }
  if (always.has(last) || /(?:password|passphrase|secret|apikey)$/.test(last)) return "always"
  if (last === "key" && before !== undefined && keyOf.has(before)) return "always"
  if (last === "token" && before !== undefined && tokenOf.has(before)) return "always"
  if (last === "string" && (before === "connection" || before === "conn")) return "always"
  if (last === "pass" && before !== undefined) return "always"
  if (last === "header" && before === "auth") return "always"
  // As in a kubeconfig, where `client-key-data` is a whole key in base64.
  if (last === "data" && before === "key") return "opaque"
  if (opaque.has(last)) return "opaque"
  return "never"
}

const most = 2048

// A program has few names. The limit keeps a program with many names from filling the memory.
const remembered = <A>(judge: (name: string) => A): (name: string) => A => {
  const known = new Map<string, A>()
  return (name) => {
    const found = known.get(name)
    if (found !== undefined) return found
    const judged = judge(name)
    if (known.size < most) known.set(name, judged)
    return judged
  }
}

/** The verdict about the value of a name. @internal */
export const verdictOf: (name: string) => Verdict = remembered((name) =>
  // The session's own id, `session.id`, is not a secret, because every search uses it.
  name.length > 128 ? "never" : /^session(?:_id|Id|ID|-id)$/.test(name) ? "opaque" : judge(wordsOf(name))
)

/** Whether a name contains an issuer. Then an opaque value beside it is that issuer's. @internal */
export const namesIssuer: (name: string) => boolean = remembered((name) =>
  name.length <= 128 && wordsOf(name).some((word) => issuers.has(word))
)

/** Every name of a secret contains one of these words, or an issuer. @internal */
export const nameWords: ReadonlyArray<string> = [
  "passw",
  "passphrase",
  "passcode",
  "pwd",
  "pass",
  "secret",
  "key",
  "token",
  "auth",
  "cred",
  "cookie",
  "session",
  "sid",
  "sig",
  "dsn",
  "jwt",
  "hmac",
  "sas",
  "connectionstring",
  "connection_string",
  "connection-string",
  "connstr",
  "conn_str",
  "mnemonic",
  "bearer"
]

/** @internal */
export const issuerWords: ReadonlyArray<string> = Array.from(issuers)

const boring =
  /^(?:[a-z]+(?:[-_. ][a-z0-9]+)*|[a-z]+(?:[A-Z][a-z]+)+\d{0,2}|[\w.-]+\.[a-z]{2,4}|v?\d+(?:\.\d+)+[\w.-]*)$/

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i

/** Whether text is a UUID, which more often identifies something than opens it. @internal */
export const isUuid = (text: string): boolean => uuid.test(text)

/** Whether text looks random and is not a word. A UUID does not count. @internal */
export const isOpaque = (text: string): boolean => {
  if (text.length < 16 || text.length > 4096 || text.length === 36 && uuid.test(text)) return false
  let digits = 0
  let letters = 0
  let others = 0
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code >= 48 && code <= 57) digits++
    else if (code >= 65 && code <= 90 || code >= 97 && code <= 122) letters++
    // Excludes spaces, quotes and the punctuation of code.
    else if (code <= 32 || code > 126 || "\"'`(){}[]<>,;\\".includes(text[i]!)) return false
    else others++
  }
  if (others * 4 > text.length || digits < 2 || letters === 0) return false
  return !boring.test(text) && !/^(?:[a-z]+:)?\/\//i.test(text) && new Set(text).size >= 6
}
