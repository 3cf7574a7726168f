// `pnpm --filter testkit-backend conformance CHECKOUT [SELECTOR …]`: runs TestKit from its checkout against the
// backend and prints a table by module, with the failures below it. `--out FILE` writes the reasons as JSON lines.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { type Outcome, table } from "./table.ts";

const USAGE = `usage: conformance CHECKOUT [SELECTOR ...] [--strict] [--shards N] [--out FILE]
  CHECKOUT    folder of the TestKit repository, branch 5.0
  SELECTOR    tests.stub, tests.stub.retry, a module, class or test; default tests.stub tests.tls
  --strict    ignore every skip but those for features that are not declared
  --shards N  side by side, each in namespaces of its own (root on Linux only); default 2 there, else 1
  --out FILE  every outcome as a JSON line`;

const isolated = process.platform === "linux" && process.getuid?.() === 0;

const { values, positionals } = commandLine();
const [checkout, ...selectors] = positionals;
if (values.help || checkout === undefined) refuse(values.help ? 0 : 2);
if (!existsSync(join(checkout, "nutkit"))) refuse(2, `${checkout} is not a checkout of TestKit`);
if (selectors.length === 0) selectors.push("tests.stub", "tests.tls");
const shards = Number(values.shards);
if (!(Number.isInteger(shards) && shards > 0))
  refuse(2, `expected --shards to be from 1 on, got ${values.shards}`);
if (!isolated && shards > 1) refuse(2, "more than one shard needs network namespaces: Linux, as root");

const outcomes: Outcome[] = [];
if (values.out !== undefined) writeFileSync(values.out, "");
const folder = mkdtempSync(join(tmpdir(), "testkit-"));
try {
  await Promise.all(Array.from({ length: shards }, (_, i) => runShard(i + 1)));
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(table(outcomes));
if (outcomes.length === 0) console.error(`no test is called ${selectors.join(" or ")}`);
process.exitCode = outcomes.length === 0 || outcomes.some(({ status }) => status === "failed") ? 1 : 0;

function commandLine() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        strict: { type: "boolean", default: false },
        shards: { type: "string", default: isolated ? "2" : "1" },
        out: { type: "string" },
        help: { type: "boolean", short: "h", default: false },
      },
    });
  } catch (error) {
    refuse(2, (error as Error).message);
  }
}

/** Prints what is wrong, if anything, and the usage. */
function refuse(code: number, complaint?: string): never {
  (code === 0 ? console.log : console.error)([complaint, USAGE].filter(Boolean).join("\n"));
  process.exit(code);
}

async function runShard(number: number): Promise<void> {
  const command = [
    ...(isolated ? ["unshare", "--net", "--mount"] : []),
    process.execPath,
    fileURLToPath(new URL("shard.ts", import.meta.url)),
    join(folder, String(number)),
    resolve(checkout!),
    `${number}/${shards}`,
    values.strict ? "strict" : "lenient",
    ...selectors,
  ];
  const shard = spawn(command[0]!, command.slice(1), {
    stdio: ["ignore", "pipe", "inherit"],
    env: { ...process.env, ...(isolated && { TESTKIT_LOOPBACK_ONLY: "1" }) },
  });
  const closed = once(shard, "close");
  for await (const line of createInterface({ input: shard.stdout })) {
    if (!line.startsWith("{")) continue;
    const outcome = JSON.parse(line) as Outcome;
    outcomes.push(outcome);
    if (values.out !== undefined) appendFileSync(values.out, `${line}\n`);
    if (process.stderr.isTTY)
      process.stderr.write(`\r${outcomes.length} ${outcome.id.slice(-90).padEnd(90)}`);
  }
  const [code] = (await closed) as [number | null];
  if (code !== 0) throw new Error(`shard ${number} broke off`);
}
