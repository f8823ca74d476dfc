/**
 * Refuses requests that come neither from the viewer's own page nor from programs on this machine.
 *
 * A page of another site can send requests to 127.0.0.1, which `Origin` and `Sec-Fetch-Site` reveal. It can also
 * resolve its own host name to 127.0.0.1, which `Host` reveals.
 *
 * @internal
 */

const loopback = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i

/** The reason why a request is refused, if it is. @internal */
export const refusal = (headers: Readonly<Record<string, string | undefined>>): string | undefined => {
  const { host, origin } = headers
  if (host !== undefined && !loopback.test(host)) {
    return `this viewer answers to localhost and 127.0.0.1, not to ${host.slice(0, 100)}`
  }
  if (origin !== undefined) {
    const own = origin.replace(/^https?:\/\//i, "")
    if (origin === "null" || own.toLowerCase() !== (host ?? "").toLowerCase()) {
      return "this viewer takes no requests from pages of other sites"
    }
  }
  const site = headers["sec-fetch-site"]
  // A page on another port of this machine has the same site but another origin.
  return (site === "cross-site" || site === "same-site") && headers["sec-fetch-mode"] !== "navigate"
    ? "this viewer takes no requests from pages of other sites"
    : undefined
}

/** Headers that keep other sites from embedding or reading responses. @internal */
export const securityHeaders = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "x-frame-options": "DENY"
} as const
