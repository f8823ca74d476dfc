/**
 * Who may ask: a browser page of the viewer itself, and programs on this machine.
 *
 * A page of another site can send requests to 127.0.0.1, and can make its own host name stand for 127.0.0.1. The first
 * shows in `Origin` and `Sec-Fetch-Site`, the second in `Host`.
 *
 * @internal
 */

const loopback = /^(localhost|127(?:\.\d{1,3}){3}|\[::1\])(?::\d+)?$/i

/** What is wrong with a request, or nothing. @internal */
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
  // A page on another port of this machine is of the same site, and of another origin.
  return (site === "cross-site" || site === "same-site") && headers["sec-fetch-mode"] !== "navigate"
    ? "this viewer takes no requests from pages of other sites"
    : undefined
}

/** What a page of the viewer may do: run what came with it, and ask where it came from. @internal */
export const securityHeaders = {
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
  "cross-origin-resource-policy": "same-origin",
  "x-frame-options": "DENY"
} as const
