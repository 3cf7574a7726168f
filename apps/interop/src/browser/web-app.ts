// Neo4j Browser as a web page on this machine: its jar from Maven Central, unpacked into the cache and served
// over HTTP. Knows nothing of Bolt.
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { delimiter, extname, join, normalize } from "node:path";
import { cacheFolder } from "../cache.ts";
import { command, isProgram, which } from "../command.ts";
import { findJdk } from "../jdk.ts";
import { classPath } from "../maven.ts";
import { Unavailable } from "../unavailable.ts";

const VERSION = "5.24.0";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
  ".json": "application/json",
};

/** Returns the folder with index.html. @throws Unavailable without Maven, a JDK, or a network. */
async function unpacked(): Promise<string> {
  const folder = cacheFolder("browser", VERSION);
  const app = join(folder, "browser");
  if (existsSync(join(app, "index.html"))) return app;
  const jdk = findJdk(11, 99);
  const path = await classPath("neo4j-browser", [`org.neo4j.client:neo4j-browser:${VERSION}`], jdk);
  const jar = path
    .split(delimiter)
    .find((name) => name.includes("neo4j-browser"))
    ?.trim();
  if (!jar) throw new Unavailable("Maven gave no jar of Neo4j Browser");
  const unjar = join(jdk.home, "bin", "jar");
  const unzip = which("unzip");
  if (!isProgram(unjar) && !unzip) throw new Unavailable("nothing here opens a jar (jar or unzip)");
  const done = isProgram(unjar)
    ? await command(unjar, ["xf", jar], { cwd: folder })
    : await command(unzip!, ["-q", "-o", jar], { cwd: folder });
  if (done.code !== 0) throw new Error(`the jar could not be opened: ${done.stderr}`);
  return app;
}

export interface WebApp extends AsyncDisposable {
  readonly url: string;
}

/** Serves Neo4j Browser on the loopback interface. */
export async function serveWebApp(): Promise<WebApp> {
  const folder = await unpacked();
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? "/", "http://localhost");
    const name = normalize(pathname).replace(/^[/\\]+/, "") || "index.html";
    readFile(join(folder, name)).then(
      (bytes) => {
        response.setHeader("content-type", TYPES[extname(name)] ?? "application/octet-stream");
        response.end(bytes);
      },
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}
