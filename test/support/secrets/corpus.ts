/**
 * Secrets made for the project, each in a text: tokens of issuers, values under a telling name, and secrets in
 * documents, commands, URLs and headers.
 */

/** A text with a secret. */
export interface Planted {
  readonly kind: string
  readonly text: string
  readonly secret: string
}

const upper = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
const lower = upper.toLowerCase()
const digits = "0123456789"
const alnum = upper + lower + digits
const hex = digits + "abcdef"
const b64 = alnum + "+/"
const url64 = alnum + "-_"

/** A source of texts that depend on the seed only. */
const source = (seed: number) => {
  let state = seed
  const random = () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296
  }
  const of = (alphabet: string, length: number) =>
    Array.from({ length }, () => alphabet[Math.floor(random() * alphabet.length)]).join("")
  return { of, pick: <A>(list: ReadonlyArray<A>): A => list[Math.floor(random() * list.length)]! }
}

type Of = ReturnType<typeof source>["of"]

/** Tokens as their issuers describe them: the beginning and the rest. */
const issued: Readonly<Record<string, (of: Of) => string>> = {
  openai: (of) => `sk-${of(alnum, 20)}T3BlbkFJ${of(alnum, 20)}`,
  "openai project": (of) => `sk-proj-${of(url64, 74)}T3BlbkFJ${of(url64, 74)}`,
  "openai service": (of) => `sk-svcacct-${of(url64, 60)}`,
  anthropic: (of) => `sk-ant-api03-${of(url64, 93)}AA`,
  openrouter: (of) => `sk-or-v1-${of(hex, 64)}`,
  groq: (of) => `gsk_${of(alnum, 52)}`,
  huggingface: (of) => `hf_${of(upper + lower, 34)}`,
  replicate: (of) => `r8_${of(alnum, 37)}`,
  xai: (of) => `xai-${of(alnum, 80)}`,
  perplexity: (of) => `pplx-${of(alnum, 48)}`,
  tavily: (of) => `tvly-dev-${of(alnum, 32)}`,
  langsmith: (of) => `lsv2_pt_${of(hex, 32)}_${of(hex, 10)}`,
  langfuse: (of) => `sk-lf-${of(hex, 8)}-${of(hex, 4)}-${of(hex, 4)}-${of(hex, 4)}-${of(hex, 12)}`,
  pinecone: (of) => `pcsk_${of(alnum, 60)}`,
  nvidia: (of) => `nvapi-${of(url64, 64)}`,
  fireworks: (of) => `fw_${of(alnum, 24)}`,
  firecrawl: (of) => `fc-${of(hex, 32)}`,
  e2b: (of) => `e2b_${of(hex, 40)}`,
  elevenlabs: (of) => `sk_${of(hex, 48)}`,
  google: (of) => `AIza${of(url64, 35)}`,
  "google oauth": (of) => `ya29.${of(url64, 100)}`,
  "google client": (of) => `GOCSPX-${of(url64, 28)}`,
  aws: (of) => `AKIA${of(upper + "234567", 16)}`,
  "aws session": (of) => `ASIA${of(upper + "234567", 16)}`,
  alibaba: (of) => `LTAI${of(alnum, 20)}`,
  yandex: (of) => `AQVN${of(url64, 36)}`,
  github: (of) => `ghp_${of(alnum, 36)}`,
  "github app": (of) => `ghs_${of(alnum, 36)}`,
  "github fine-grained": (of) => `github_pat_${of(alnum, 22)}_${of(alnum, 59)}`,
  gitlab: (of) => `glpat-${of(url64, 20)}`,
  "gitlab runner": (of) => `glrt-${of(url64, 20)}`,
  "gitlab deploy": (of) => `gldt-${of(url64, 20)}`,
  atlassian: (of) => `ATATT3xFfGF0${of(url64, 180)}`,
  bitbucket: (of) => `ATBB${of(alnum, 32)}`,
  "slack bot": (of) => `xoxb-${of(digits, 12)}-${of(digits, 12)}-${of(alnum, 24)}`,
  "slack user": (of) => `xoxp-${of(digits, 12)}-${of(digits, 12)}-${of(digits, 12)}-${of(hex, 32)}`,
  "slack app": (of) => `xapp-1-A${of(upper + digits, 10)}-${of(digits, 13)}-${of(hex, 64)}`,
  "slack hook": (of) =>
    `https://hooks.slack.com/services/T${of(upper + digits, 9)}/B${of(upper + digits, 9)}/${of(alnum, 24)}`,
  "discord hook": (of) => `https://discord.com/api/webhooks/${of(digits, 18)}/${of(url64, 68)}`,
  "teams hook": (of) =>
    `https://contoso.webhook.office.com/webhookb2/${of(hex, 32)}@${of(hex, 32)}/IncomingWebhook/${of(hex, 32)}/x`,
  "telegram url": (of) => `https://api.telegram.org/bot${of(digits, 10)}:A${of(url64, 34)}/getMe`,
  npm: (of) => `npm_${of(alnum, 36)}`,
  pypi: (of) => `pypi-AgEIcHlwaS5vcmc${of(url64, 120)}`,
  rubygems: (of) => `rubygems_${of(hex, 48)}`,
  docker: (of) => `dckr_pat_${of(url64, 27)}`,
  sendgrid: (of) => `SG.${of(url64, 22)}.${of(url64, 43)}`,
  brevo: (of) => `xkeysib-${of(hex, 64)}-${of(alnum, 16)}`,
  mailgun: (of) => `key-${of(hex, 32)}`,
  mailchimp: (of) => `${of(hex, 32)}-us12`,
  twilio: (of) => `SK${of(hex, 32)}`,
  telegram: (of) => `${of(digits, 10)}:A${of(url64, 34)}`,
  stripe: (of) => `sk_live_${of(alnum, 24)}`,
  "stripe hook": (of) => `whsec_${of(alnum, 32)}`,
  square: (of) => `sq0atp-${of(url64, 22)}`,
  shopify: (of) => `shpat_${of(hex, 32)}`,
  flutterwave: (of) => `FLWSECK_TEST-${of(hex, 32)}-X`,
  easypost: (of) => `EZAK${of(alnum, 54)}`,
  plaid: (of) => `access-production-${of(hex, 8)}-${of(hex, 4)}-${of(hex, 4)}-${of(hex, 4)}-${of(hex, 12)}`,
  digitalocean: (of) => `dop_v1_${of(hex, 64)}`,
  heroku: (of) => `HRKU-AA${of(url64, 58)}`,
  fly: (of) => `fo1_${of(url64, 43)}`,
  netlify: (of) => `nfp_${of(alnum, 36)}`,
  vercel: (of) => `vercel_blob_rw_${of(alnum, 30)}`,
  cloudflare: (of) => `v1.0-${of(hex, 24)}-${of(hex, 146)}`,
  databricks: (of) => `dapi${of(hex, 32)}`,
  dynatrace: (of) => `dt0c01.${of(upper + digits, 24)}.${of(upper + digits, 64)}`,
  grafana: (of) => `glsa_${of(alnum, 32)}_${of(hex, 8)}`,
  "new relic": (of) => `NRAK-${of(upper + digits, 27)}`,
  sentry: (of) => `sntryu_${of(hex, 64)}`,
  posthog: (of) => `phx_${of(alnum, 43)}`,
  doppler: (of) => `dp.pt.${of(alnum, 43)}`,
  vault: (of) => `hvs.${of(url64, 95)}`,
  terraform: (of) => `${of(alnum, 14)}.atlasv1.${of(url64, 67)}`,
  pulumi: (of) => `pul-${of(hex, 40)}`,
  planetscale: (of) => `pscale_tkn_${of(url64, 43)}`,
  supabase: (of) => `sbp_${of(hex, 40)}`,
  postman: (of) => `PMAK-${of(hex, 24)}-${of(hex, 34)}`,
  readme: (of) => `rdme_${of(lower + digits, 70)}`,
  linear: (of) => `lin_api_${of(alnum, 40)}`,
  notion: (of) => `ntn_${of(digits, 11)}${of(alnum, 35)}`,
  airtable: (of) => `pat${of(alnum, 14)}.${of(hex, 64)}`,
  figma: (of) => `figd_${of(url64, 43)}`,
  "1password": (of) => `ops_eyJ${of(b64, 260)}`,
  age: (of) => `AGE-SECRET-KEY-1${of("QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7L", 58)}`,
  artifactory: (of) => `AKCp${of(alnum, 69)}`,
  openshift: (of) => `sha256~${of(url64, 43)}`,
  tailscale: (of) => `tskey-auth-k${of(alnum, 16)}-${of(alnum, 32)}`,
  azure: (of) => `${of(alnum, 3)}8Q~${of(alnum, 34)}`,
  typeform: (of) => `tfp_${of(alnum, 44)}_${of(alnum, 14)}`,
  jwt: (of) => `eyJ${of(alnum, 30)}.eyJ${of(alnum, 60)}.${of(url64, 43)}`,
  // Without any known mark.
  discord: (of) => `M${of(alnum, 23)}.${of(alnum, 6)}.${of(url64, 38)}`,
  "cloudflare token": (of) => of(url64, 40)
}

const places: ReadonlyArray<(secret: string) => string> = [
  (secret) => `the key is ${secret}, use it`,
  (secret) => `const client = new Client("${secret}")`,
  (secret) => JSON.stringify({ output: `logged in with ${secret}\nok` }),
  (secret) => `line one\n${secret}\nline three`
]

const names = [
  "PASSWORD",
  "DB_PASSWORD",
  "db_pass",
  "POSTGRES_PASSWORD",
  "adminPassword",
  "passphrase",
  "pwd",
  "API_KEY",
  "apiKey",
  "OPENAI_API_KEY",
  "x-api-key",
  "SECRET_KEY",
  "client_secret",
  "clientSecret",
  "APP_SECRET",
  "ACCESS_TOKEN",
  "accessToken",
  "refresh_token",
  "GITHUB_TOKEN",
  "NPM_TOKEN",
  "auth_token",
  "MY_SERVICE_TOKEN",
  "bot.token",
  "aws_secret_access_key",
  "privateKey",
  "ENCRYPTION_KEY",
  "signing_key",
  "JWT_SECRET",
  "session_secret",
  "credentials",
  "webhookSecret",
  "DATADOG_API_KEY",
  "stripe_key",
  "SENTRY_AUTH_TOKEN",
  "okta_token",
  "HEROKU_API_KEY",
  "algolia_admin_key",
  "connectionString",
  "SLACK_SIGNING_SECRET",
  "TWILIO_AUTH_TOKEN",
  "consumer_secret",
  "storage-account-key",
  "ADMIN_PASS",
  "MASTER_KEY",
  "licenseKey",
  "twitter_api_secret",
  "dropbox_access_token"
]

const assigned: ReadonlyArray<(name: string, secret: string) => string> = [
  (name, secret) => `${name}=${secret}`,
  (name, secret) => `export ${name}="${secret}"`,
  (name, secret) => `${name}: ${secret}`,
  (name, secret) => `  ${name}: '${secret}'`,
  (name, secret) => JSON.stringify({ [name]: secret }),
  (name, secret) => `{'${name}': '${secret}'}`,
  (name, secret) => `const ${name.replace(/\W/g, "_")} = "${secret}";`,
  (name, secret) => `${name} := \`${secret}\``,
  (name, secret) => `<${name}>${secret}</${name}>`,
  (name, secret) => `https://example.com/v1?a=1&${name}=${secret}&b=2`,
  (name, secret) => `tool --${name.toLowerCase()} ${secret} --verbose`,
  (name, secret) => JSON.stringify([{ name, value: secret }]),
  (name, secret) => `- name: ${name}\n  value: ${secret}`,
  (name, secret) => JSON.stringify(JSON.stringify({ config: { [name]: secret } })),
  (name, secret) => `Server=db;User=app;${name}=${secret};Encrypt=true`
]

const documents: Readonly<Record<string, (secret: string, of: Of) => string>> = {
  bearer: (secret) => `Authorization: Bearer ${secret}`,
  "api key scheme": (secret) => `authorization: ApiKey ${secret}`,
  "token scheme": (secret) => `curl -H "Authorization: Token token=${secret}" https://api.example.com`,
  "bot scheme": (secret) => `-H 'Authorization: Bot ${secret}'`,
  "a scheme nobody knows": (secret) => `Authorization: Contoso-V2 ${secret}`,
  sigv4: (secret) =>
    `Authorization: AWS4-HMAC-SHA256 Credential=AKIAQ3EGRIT5TQLGN2XA/20260101/us-east-1/s3/aws4_request, Signature=${secret}`,
  digest: (secret) => `Authorization: Digest username="ada", realm="x", response="${secret}"`,
  "no scheme": (secret) => `{"headers":{"authorization":"${secret}"}}`,
  "x-api-key": (secret) => `X-Api-Key: ${secret}`,
  "x-auth-token": (secret) => `< x-auth-token: ${secret}\r\n< date: today`,
  cookie: (secret) => `Cookie: theme=dark; sid=${secret}`,
  "set-cookie": (secret) => `Set-Cookie: session=${secret}; Path=/; HttpOnly`,
  "raw headers": (secret) => JSON.stringify({ rawHeaders: ["Host", "x.dev", "X-Api-Key", secret] }),
  postgres: (secret) => `postgres://app:${secret}@db.internal:5432/orders`,
  mongodb: (secret) => `mongodb+srv://app:${secret}@cluster0.mongodb.net/x?retryWrites=true`,
  redis: (secret) => `redis://:${secret}@cache:6379/0`,
  amqp: (secret) => `AMQP_URL=amqps://user:${secret}@mq.example.com/vhost`,
  "git clone": (secret) => `git clone https://${secret}@github.com/acme/app.git`,
  "git with user": (secret) => `https://oauth2:${secret}@gitlab.com/acme/app.git`,
  "escaped url": (secret) => `{"url":"mysql:\\/\\/root:${secret}@db\\/x"}`,
  "signed url": (secret) => `https://b.s3.amazonaws.com/k?X-Amz-Expires=60&X-Amz-Signature=${secret}`,
  sas: (secret) => `https://x.blob.core.windows.net/c?sv=2024&sig=${secret}`,
  "key in query": (secret) => `GET /maps/api/geocode/json?address=x&key=${secret} HTTP/1.1`,
  "ado connection": (secret) => `Server=tcp:db,1433;Initial Catalog=x;User ID=app;Password=${secret};Encrypt=True`,
  "azure storage": (secret) =>
    `DefaultEndpointsProtocol=https;AccountName=x;AccountKey=${secret};EndpointSuffix=core.windows.net`,
  "service bus": (secret) =>
    `Endpoint=sb://x.servicebus.windows.net/;SharedAccessKeyName=Root;SharedAccessKey=${secret}`,
  "curl user": (secret) => `curl -sS -u ada:${secret} https://api.example.com/v1`,
  "mysql flag": (secret) => `mysql -h db -u root -p${secret} orders`,
  sshpass: (secret) => `sshpass -p ${secret} ssh ada@host`,
  "redis-cli": (secret) => `redis-cli -h cache -a ${secret} KEYS '*'`,
  "docker login": (secret) => `echo ${secret} | docker login -u ada --password-stdin`,
  pgpassword: (secret) => `PGPASSWORD=${secret} psql -h db -U app`,
  flag: (secret) => `vault login --token=${secret}`,
  "flag in a list": (secret) => JSON.stringify({ args: ["login", "--password", secret] }),
  netrc: (secret) => `machine api.example.com login ada password ${secret}`,
  npmrc: (secret) => `//registry.example.com/:_authToken=${secret}`,
  pypirc: (secret) => `[pypi]\nusername = __token__\npassword = ${secret}`,
  "docker config": (secret) => `{"auths":{"https://index.docker.io/v1/":{"auth":"${secret}"}}}`,
  nuget: (secret) => `<add key="ClearTextPassword" value="${secret}" />`,
  maven: (secret) => `<server><id>x</id><password>${secret}</password></server>`,
  kubernetes: (secret) =>
    `apiVersion: v1\nkind: Secret\nmetadata:\n  name: db\ntype: Opaque\ndata:\n  username: YWRtaW4=\n  DATABASE: ${secret}\n`,
  compose: (secret) => `services:\n  db:\n    environment:\n      - POSTGRES_PASSWORD=${secret}\n`,
  "github actions": (secret) => `env:\n  DEPLOY_TOKEN: ${secret}\n`,
  terraform: (secret) => `resource "aws_db_instance" "x" {\n  password = "${secret}"\n}`,
  ini: (secret) => `[default]\naws_secret_access_key = ${secret}\nregion = eu-west-1`,
  properties: (secret) => `spring.datasource.password=${secret}`,
  toml: (secret) => `[auth]\nclient_secret = "${secret}"`,
  "php array": (secret) => `'password' => '${secret}',`,
  "python keyword": (secret) => `Client(api_key='${secret}', timeout=3)`,
  "js map": (secret) => `headers.set("x-api-key", "${secret}")`,
  "java setter": (secret) => `props.setProperty("db.password", "${secret}");`,
  "pem key": (_, of) =>
    `-----BEGIN RSA PRIVATE KEY-----\n${of(b64, 64)}\n${of(b64, 64)}\n-----END RSA PRIVATE KEY-----`,
  "what people write": (secret) => `my password is ${secret}, please log in`,
  "a quoted value with spaces": (secret) => `password="correct horse ${secret}"`,
  "cut json": (secret) => `{"user":"ada","password":"${secret}`,
  "a map as json": (secret) => JSON.stringify([["x-api-key", secret]]),
  "under value": (secret) => JSON.stringify({ credentials: { value: secret } }),
  yaml: (secret) => `database:\n  user: app\n  password: ${secret}\n`,
  "env printed": (secret) => `declare -x SERVICE_API_TOKEN="${secret}"`
}

/** Every issuer's token in every place. */
export const ofIssuers = (seed = 1): ReadonlyArray<Planted> => {
  const { of } = source(seed)
  return Object.entries(issued).flatMap(([kind, make]) =>
    places.map((place) => {
      const secret = make(of)
      return { kind, secret, text: place(secret) }
    })
  )
}

/** Every name with every way to assign a value. */
export const underNames = (seed = 2): ReadonlyArray<Planted> => {
  const { of, pick } = source(seed)
  return names.flatMap((name) =>
    assigned.map((assign, i) => {
      const secret = `${pick(["", "x", "Q"])}${of(alnum, pick([12, 20, 32, 40]))}7${of(digits + lower, 3)}1`
      return { kind: `${name} ${i}`, secret, text: assign(name, secret) }
    })
  )
}

/** Documents, commands, URLs and headers, with secrets of several lengths. */
export const inDocuments = (seed = 3): ReadonlyArray<Planted> => {
  const { of } = source(seed)
  return Object.entries(documents).flatMap(([kind, make]) =>
    [12, 20, 32, 44].map((length) => {
      const secret = `${of(alnum, length - 2)}4G`
      const text = make(secret, of)
      return { kind, text, secret: text.includes(secret) ? secret : text.split("\n")[1]! }
    })
  )
}
