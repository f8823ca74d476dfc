// Runs in the folder that has playwright-core: node browser.mjs CHROMIUM URL
import { chromium } from "playwright-core"

const [executablePath, url] = process.argv.slice(2)
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] })
const page = await browser.newPage()
page.on("pageerror", (error) => console.log(error.message))
page.on("console", (message) => console.log(message.text()))
await page.goto(url)
const said = await page.evaluate(() => globalThis.traced)
console.log(browser.version(), said)
await browser.close()
process.exit(String(said).startsWith("failed") ? 1 : 0)
