/** The version of this package, which a test holds against `package.json`. @internal */
export const version = "0.1.0"

/** Who sends, as OTLP asks: the product, and an exporter with its language and version. @internal */
export const userAgent = `effect-agentops/${version} OTel-OTLP-Exporter-JavaScript/${version}`
