// The client in a browser: a page loads the packed modules unbundled, through an import map, and connects to our server
// by WebSocket, on the same port as plain Bolt.
import { existsSync, readFileSync } from "node:fs";
import { createServer as createHttpServer } from "node:http";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const BROWSERS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

/** A function that runs the dialogue in a page; undefined if there is no browser. */
export function inChromium(app, modules) {
  const executablePath = [process.env.CHROMIUM, ...BROWSERS].find((path) => path && existsSync(path));
  if (!executablePath || !modules) return undefined;
  return async () => {
    const { chromium } = await import(pathToFileURL(join(modules, "playwright-core/index.mjs")).href);
    const { createServer } = await import(
      pathToFileURL(join(app, "node_modules/@bolt/server/dist/index.js")).href
    );
    const { echo } = await import(pathToFileURL(join(app, "dialogue.mjs")).href);
    const server = createServer(echo, { logger: {} });
    const { port } = await server.listen({ port: 0, host: "127.0.0.1" });
    const files = serve(app, port);
    await new Promise((resolve) => files.listen(0, "127.0.0.1", resolve));
    const browser = await chromium.launch({
      executablePath,
      args: ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking"],
    });
    try {
      const page = await browser.newPage();
      const said = [];
      page.on("console", (message) => said.push(message.text()));
      page.on("pageerror", (error) => said.push(error.message));
      await page.goto(`http://127.0.0.1:${files.address().port}/`);
      await page
        .waitForFunction("document.title !== 'running'", undefined, { timeout: 30_000 })
        .catch(() => {});
      return `${await page.title()} ${said.join(" ")}`;
    } finally {
      await browser.close();
      files.close();
      await server.close({ graceMs: 100 });
    }
  };
}

function serve(app, port) {
  // Like a bundler: the `browser` condition of each package, else its default.
  const imports = {};
  for (const name of ["packstream", "framing", "protocol", "client"]) {
    const { exports } = JSON.parse(
      readFileSync(join(app, `node_modules/@bolt/${name}/package.json`), "utf8"),
    );
    imports[`@bolt/${name}`] =
      `/node_modules/@bolt/${name}/${(exports["."].browser ?? exports["."].default).slice(2)}`;
  }
  const page = `<!doctype html><title>running</title><script type="importmap">${JSON.stringify({ imports })}</script>
    <script type="module">
      import { dialogue } from "/dialogue.mjs";
      dialogue("bolt://127.0.0.1:${port}").then((n) => (document.title = n + " checks passed"), (error) => (document.title = "failed: " + error.stack));
    </script>`;
  return createHttpServer((request, response) => {
    const path = new URL(request.url, "http://localhost").pathname;
    const file = join(app, path);
    if (path === "/") return response.writeHead(200, { "content-type": "text/html" }).end(page);
    if (!existsSync(file)) return response.writeHead(404).end();
    response.writeHead(200, { "content-type": "text/javascript" }).end(readFileSync(file));
  });
}
