import { traced } from "./traced.mjs"

export default {
  fetch: (_request, { SERVICE, URL }) =>
    traced(URL, SERVICE).then(
      (status) => new Response(JSON.stringify(status)),
      (error) => new Response(String(error?.stack ?? error), { status: 500 })
    )
}
