/** The version of this package. A test compares it with `package.json`. @internal */
export const version = "0.1.0"

/** The user agent, as OTLP asks: the product, then the exporter with its language and version. @internal */
export const userAgent = `effect-agentops/${version} OTel-OTLP-Exporter-JavaScript/${version}`
