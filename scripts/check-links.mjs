// Checks every link and image in all documents that points to a file in the repository, and to a heading in it. Does not
// check links to the web.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path/posix";
import { run } from "./command.mjs";
import "./no-arguments.mjs";

const documents = run("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "*.md"])
  .split("\0")
  .filter((path) => path && existsSync(path));
const withoutCode = (text) => text.replaceAll(/^```[\s\S]*?^```$/gm, "");

/** The anchors that GitHub makes from headings, numbered if they repeat, and those written as HTML. */
function anchorsOf(path) {
  const text = withoutCode(readFileSync(path, "utf8"));
  const seen = new Map();
  const anchors = new Set([...text.matchAll(/<a id="([^"]+)"/g)].map(([, id]) => id));
  for (const [, heading] of text.matchAll(/^#+ (.+)$/gm)) {
    const slug = heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\-_ ]/gu, "")
      .replaceAll(" ", "-");
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    anchors.add(times === 0 ? slug : `${slug}-${times}`);
  }
  return anchors;
}

/** Inline links, with or without a title; link definitions; links in HTML. */
const LINK = /(?:\]\(<?|^\[[^\]]+\]: +<?|\b(?:href|src)=")([^)>"\s]+)/gm;

const anchors = new Map(documents.map((path) => [path, anchorsOf(path)]));
let links = 0;
for (const document of documents) {
  for (const [, target] of withoutCode(readFileSync(document, "utf8")).matchAll(LINK)) {
    if (/^[a-z]+:/.test(target)) continue;
    links++;
    const [path, anchor] = target.split("#");
    const file = path ? join(dirname(document), path) : document;
    if (existsSync(file) && (!anchor || anchors.get(file)?.has(anchor))) continue;
    console.error(`${document}: ${target} does not exist`);
    process.exitCode = 1;
  }
}
console.log(`checked ${links} links in ${documents.length} documents`);
