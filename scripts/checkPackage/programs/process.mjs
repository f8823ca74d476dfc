import { traced } from "./traced.mjs"

const [url, service] = process.argv.slice(-2)
console.log(JSON.stringify(await traced(url, service)))
