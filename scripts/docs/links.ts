/**
 * Finds the dead links of a built site: missing pages, files and anchors.
 */
import * as fs from "node:fs"
import * as path from "node:path"

const attribute = (html: string, name: string): ReadonlyArray<string> =>
  [...html.matchAll(new RegExp(`\\s${name}="([^"]*)"`, "g"))].map(([, value]) => value!.replaceAll("&amp;", "&"))

/** One line for each dead link in the pages of a folder. */
export const deadLinks = (folder: string): ReadonlyArray<string> => {
  const files = fs.globSync("**/*.html", { cwd: folder }).map((file) => file.replaceAll("\\", "/"))
  const pages = new Map(files.map((file) => [file, fs.readFileSync(path.join(folder, file), "utf8")]))
  const ids = new Map([...pages].map(([file, html]) => [file, new Set(attribute(html, "id"))]))
  return [...pages].flatMap(([file, html]) =>
    attribute(html, "href").flatMap((href) => {
      if (/^[a-z]+:/.test(href) || href.startsWith("//")) return []
      const [to = "", anchor] = href.split("#")
      const aim = to === "" ? file : path.posix.join(to.startsWith("/") ? "." : path.posix.dirname(file), decodeURI(to))
      const found = [aim, `${aim}.html`, path.posix.join(aim, "index.html")].find((name) =>
        fs.statSync(path.join(folder, name), { throwIfNoEntry: false })?.isFile()
      )
      if (found === undefined) return [`${file}: ${href} is not there`]
      if (anchor === undefined || anchor === "" || !ids.has(found)) return []
      return ids.get(found)!.has(decodeURIComponent(anchor)) ? [] : [`${file}: ${href} has no such heading`]
    })
  )
}
