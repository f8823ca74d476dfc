/** An authority, and a server and a client with its certificates, made by `openssl` for one run of the tests. */
import { spawnSync } from "node:child_process"
import * as fs from "node:fs"
import * as os from "node:os"
import * as path from "node:path"

export interface Certificates {
  readonly ca: string
  readonly server: { readonly cert: string; readonly key: string }
  readonly client: { readonly cert: string; readonly key: string }
  /** The folder of their files. */
  readonly folder: string
}

/** Whether `openssl` is available. */
export const canMake = spawnSync("openssl", ["version"]).status === 0

export const make = (): Certificates => {
  const folder = fs.mkdtempSync(path.join(os.tmpdir(), "certificates-"))
  const run = (...args: ReadonlyArray<string>) => {
    const { status, stderr } = spawnSync("openssl", args, { cwd: folder })
    if (status !== 0) throw new Error(`openssl ${args.join(" ")}: ${String(stderr)}`)
  }
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
  run("req", "-x509", ...key, "-days", "2", "-subj", "/CN=test authority", "-keyout", "ca.key", "-out", "ca.pem")
  const signed = (name: string, extension: string) => {
    run("req", ...key, "-subj", `/CN=${name}`, "-keyout", `${name}.key`, "-out", `${name}.csr`)
    fs.writeFileSync(path.join(folder, `${name}.ext`), extension)
    const request = ["x509", "-req", "-in", `${name}.csr`, "-days", "2", "-extfile", `${name}.ext`]
    run(...request, "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-out", `${name}.pem`)
    const read = (end: string) => fs.readFileSync(path.join(folder, `${name}.${end}`), "utf8")
    return { cert: read("pem"), key: read("key") }
  }
  return {
    ca: fs.readFileSync(path.join(folder, "ca.pem"), "utf8"),
    server: signed("server", "subjectAltName=IP:127.0.0.1,DNS:localhost"),
    client: signed("client", "extendedKeyUsage=clientAuth"),
    folder
  }
}

export const remove = ({ folder }: Certificates): void => fs.rmSync(folder, { recursive: true, force: true })
