/**
 * A Lambda runtime for Node with the required part of the Runtime API: it loads a module, then calls its handler with
 * one event after another.
 */
const api = `http://${process.env["AWS_LAMBDA_RUNTIME_API"]}/2018-06-01/runtime/invocation`
const { handler } = await import(process.argv[2]!) as { readonly handler: (event: unknown) => Promise<unknown> }

for (;;) {
  const invocation = await fetch(`${api}/next`)
  const id = invocation.headers.get("lambda-runtime-aws-request-id")
  const answer = await handler(await invocation.json())
  await fetch(`${api}/${id}/response`, { method: "POST", body: JSON.stringify(answer) })
}
