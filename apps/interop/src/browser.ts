// `pnpm --filter interop browser`: Neo4j Browser in headless Chromium, over WebSocket to `demo --serve`. It
// connects, runs queries, shows labels and types in its sidebar and draws nodes. Leaves a screenshot in the
// system's temporary folder.
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, chromium, type Locator, type Page } from "playwright-core";
import { serveWebApp } from "./browser/web-app.ts";
import { commandLine } from "./command-line.ts";
import { which } from "./command.ts";
import { startDemo } from "./demo.ts";
import { startNeo4j } from "./neo4j.ts";
import { Unavailable } from "./unavailable.ts";

const CREATE =
  "CREATE (m:Film {title: 'Metropolis'})<-[:ACTED_IN]-(b:Person {name: 'Brigitte'}), (f:Person {name: 'Fritz'})-[:DIRECTED]->(m) RETURN m, b, f";
const DRAW = "MATCH (a)-[r]->(b) RETURN a, r, b";

async function launch(): Promise<Browser> {
  const { CHROMIUM } = process.env;
  const program = CHROMIUM ?? ["chromium", "chromium-browser", "google-chrome"].map(which).find(Boolean);
  if (!program) throw new Unavailable("no Chromium here (set CHROMIUM to its path)");
  return chromium.launch({
    executablePath: program,
    // It opens only pages of this machine; the sandbox needs rights that containers do not grant.
    args: ["--no-sandbox", "--disable-dev-shm-usage"],
  });
}

interface Login {
  readonly user: string;
  readonly password: string;
}

/** Opens the page; without a login it connects by itself, else by its form. */
async function connect(page: Page, url: string, uri: string, login?: Login): Promise<void> {
  const method = login ? "NATIVE" : "NO_AUTH";
  await page.goto(`${url}?dbms=${encodeURIComponent(uri)}&preselectAuthMethod=${method}`);
  if (login) {
    await page.getByTestId("username").fill(login.user);
    await page.getByTestId("password").fill(login.password);
    await page.getByTestId("connect").click();
  }
  await page.getByText(/You are connected (to|as user)/).waitFor();
}

/** Types a query, runs it and waits for its result to be drawn. Returns the frame of the result. */
async function query(page: Page, text: string, nodes: number): Promise<Locator> {
  await page.getByTestId("activeEditor").click();
  await page.keyboard.insertText(text);
  await page.keyboard.press("Control+Enter");
  const frame = page.getByTestId("frame").filter({ hasText: text.slice(0, 12) });
  await frame
    .locator("g.node")
    .nth(nodes - 1)
    .waitFor({ state: "attached" });
  return frame;
}

async function check(uri: string, login?: Login): Promise<void> {
  await using app = await serveWebApp();
  const browser = await launch();
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  page.setDefaultTimeout(40_000);
  const faults: string[] = [];
  page.on("pageerror", (error) => void faults.push(String(error)));
  const picture = join(tmpdir(), "neo4j-browser.png");
  try {
    await connect(page, app.url, uri, login);
    console.log("connected");
    await query(page, CREATE, 3);
    const graph = await query(page, DRAW, 3);
    const nodes = await graph.locator("g.node").count();
    const relationships = await graph.locator("g.relationship").count();
    console.log(`drawn: ${nodes} nodes, ${relationships} relationships`);
    await page.getByTitle("Database Information").click();
    const items = page.getByTestId("sidebarMetaItem");
    await items.filter({ hasText: "ACTED_IN" }).first().waitFor();
    const shown = await items.allInnerTexts();
    console.log(`sidebar: ${shown.join(" ")}`);
    for (const name of ["Film", "Person", "ACTED_IN", "DIRECTED"]) {
      if (!shown.includes(name)) throw new Error(`the sidebar does not show ${name}`);
    }
    if (faults.length > 0) throw new Error(`the page stumbled over an answer: ${faults.join("; ")}`);
    if (nodes !== 3 || relationships !== 2) throw new Error("not everything was drawn");
  } finally {
    // Lets the layout's forces settle.
    await page.waitForTimeout(2000);
    await page.screenshot({ path: picture });
    console.log(`screenshot: ${picture}`);
    await browser.close();
  }
}

const USAGE = `usage: browser [option]     without one: \`demo --serve\`
  --gateway VERSION    this Neo4j behind the demo's gateway; logs in by the form
  --neo4j VERSION      the same without a gateway
  --uri URI            another server, bolt://host:port, that needs no login`;

const { values } = commandLine(
  USAGE,
  { uri: { type: "string" }, neo4j: { type: "string" }, gateway: { type: "string" } },
  { words: false },
);
try {
  if (values.uri) await check(values.uri);
  else if (values.neo4j) {
    await using server = await startNeo4j({ version: values.neo4j });
    await check(server.uri, server);
  } else if (values.gateway) {
    await using server = await startNeo4j({ version: values.gateway });
    await using demo = await startDemo({ uri: server.uri, login: server });
    await check(demo.uri, server);
  } else {
    await using demo = await startDemo();
    await check(demo.uri);
  }
} catch (error) {
  console.error(error instanceof Unavailable ? `skipped: ${error.message}` : error);
  if (!(error instanceof Unavailable)) process.exitCode = 1;
}
