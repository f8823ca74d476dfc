/**
 * The program's own certificates, for TLS connections.
 *
 * @internal
 */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { ConfigurationError } from "../../core/ConfigurationError.ts"
import type { Tls as Certificates } from "../../delivery/internal/transport.ts"
import type { Tls } from "../OtlpConnection.ts"

const wrong = (field: string, problem: string, fix: string) =>
  Effect.fail(new ConfigurationError({ field, problem, fix }))

/** Checks the certificates of a user. An empty option means none. @internal */
export const checkTls = (tls: Tls | undefined): Effect.Effect<Certificates | undefined, ConfigurationError> =>
  Effect.suspend(() => {
    const key = Redacted.isRedacted(tls?.key) ? Redacted.value(tls.key) : tls?.key
    const given = { ca: tls?.ca, cert: tls?.cert, key }
    const certificates: { -readonly [K in keyof Certificates]: Certificates[K] } = {}
    for (const name of ["ca", "cert", "key"] as const) {
      const value = given[name]
      if (value === undefined) continue
      if (!/-----BEGIN [A-Z0-9 ]+-----/.test(value)) {
        return wrong(`tls.${name}`, "it is no PEM", "Give the text of the file, not its path")
      }
      certificates[name] = value
    }
    if ((certificates.cert === undefined) !== (certificates.key === undefined)) {
      const missing = certificates.cert === undefined ? "cert" : "key"
      return wrong(`tls.${missing}`, "a certificate and its key go together", "Give both, or neither")
    }
    if (Object.keys(certificates).length === 0) return Effect.succeed(undefined)
    const { process } = globalThis as { readonly process?: { readonly getBuiltinModule?: unknown } }
    return process?.getBuiltinModule === undefined
      ? wrong(
        "tls",
        "this runtime cannot use certificates of the program's own",
        "Leave it out, and have the server use one that the system trusts"
      )
      : Effect.succeed(certificates)
  })
