/**
 * The id of a model without the additions of a gateway, a cloud or a snapshot.
 */

/** The vendors of models, by the names that gateways and clouds put in front of an id. */
const vendors: Readonly<Record<string, string>> = {
  openai: "openai",
  anthropic: "anthropic",
  google: "gcp.gemini",
  gemini: "gcp.gemini",
  "x-ai": "x_ai",
  xai: "x_ai",
  mistral: "mistral_ai",
  mistralai: "mistral_ai",
  deepseek: "deepseek",
  "deepseek-ai": "deepseek",
  cohere: "cohere",
  moonshot: "moonshot_ai",
  moonshotai: "moonshot_ai",
  amazon: "aws.bedrock"
}

export interface Name {
  /** The ids to look up, the closest first. */
  readonly ids: ReadonlyArray<string>
  /** The vendor of the model, if its name contains it. */
  readonly vendor: string | undefined
  /** Whether it is a Bedrock model that runs in one region, or in a few. */
  readonly inRegion: boolean
}

/** OpenRouter's routing options, which do not change the price of tokens. */
const routing = /:(?:thinking|beta|nitro|floor|exacto)$/

const region = /^(?:us|us-gov|eu|apac|ap|au|jp|ca|sa|me|af|in|kr|uk|il|global)\.(?=[a-z0-9-]+\.)/

const bedrockVendor =
  /^(anthropic|amazon|openai|google|mistral|cohere|deepseek|meta|moonshot|moonshotai|ai21|qwen|nvidia|writer|zai|minimax)\.(?=[a-z])/

/** Dates and numbers of snapshots: `-2024-08-06`, `-20250929`, `@20250929`, `-05-20`, `-09-2025`, `-001`. */
const snapshot = /[-@](?:20\d\d-\d\d-\d\d|20\d{6}|\d\d-\d\d|\d\d-20\d\d|00\d|default|latest)$/

const tail = /(?:-preview|-exp)$/

const unique = (ids: ReadonlyArray<string>): ReadonlyArray<string> => [...new Set(ids)]

const parse = (model: string): Name => {
  const path = model.trim().toLowerCase().replace(/\[1m\]$/, "").split("/")
  let id = path.at(-1)!
  let vendor: string | undefined
  for (const segment of path.slice(0, -1)) vendor = vendors[segment] ?? vendor
  const local = id.replace(region, "")
  const ofBedrock = bedrockVendor.exec(local)
  const inRegion = ofBedrock !== null && !id.startsWith("global.")
  if (ofBedrock !== null) {
    vendor = vendors[ofBedrock[1]!]
    // Removes the version of the API, the size of the context and the kind of input.
    id = local.slice(ofBedrock[0].length).replace(/(?::\d+)+(?::\d+k|:mm)?$/, "")
  }
  const bare = id.replace(routing, "")
  // An id with any other suffix is a different product, and so is a tuned model.
  if (bare.includes(":") || /^ft[:-]/.test(bare)) return { ids: unique([path.join("/"), id]), vendor, inRegion }
  const plain = bare.replace(/-latest$/, "")
  const undated = plain.replace(snapshot, "")
  const versioned = undated.replace(/-v\d$/, "")
  return {
    ids: unique([
      path.join("/"),
      bare,
      plain,
      undated,
      versioned,
      undated.replace(snapshot, ""),
      undated.replace(tail, "")
    ]),
    vendor,
    inRegion
  }
}

const known = new Map<string, Name>()

/** Parses an id. Results are remembered, because a program asks for few models again and again. */
export const nameOf = (model: string): Name => {
  const found = known.get(model)
  if (found !== undefined) return found
  const name = parse(model.slice(0, 512))
  if (known.size >= 256) known.clear()
  known.set(model, name)
  return name
}
