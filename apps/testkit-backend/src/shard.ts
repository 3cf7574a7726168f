// One share of the tests, with its own backend: `shard.ts FOLDER CHECKOUT K/N STRICT SELECTOR …`. As root it is
// started in separate namespaces, where no other process uses the fixed ports and the hosts file.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";

const PORT = 9876;
const [folder, checkout, part, strict, ...selectors] = process.argv.slice(2) as [
  string,
  string,
  string,
  string,
];
const certificates = join(checkout, "tests/tls/certs/driver");
const isolated = process.env["TESTKIT_LOOPBACK_ONLY"] !== undefined;

mkdirSync(join(folder, "tmp"), { recursive: true });
if (isolated) isolate();
const environment = {
  ...process.env,
  TEST_DRIVER_NAME: process.env["TEST_DRIVER_NAME"] ?? "javascript",
  TEST_BACKEND_HOST: "127.0.0.1",
  TEST_BACKEND_PORT: String(PORT),
  TEST_STUB_HOST: "127.0.0.1",
  // The authorities of "the system", and the folder of TestKit's other ones.
  SSL_CERT_FILE: join(certificates, "trusted/trustedRoot.crt"),
  NODE_OPTIONS: "--use-openssl-ca",
  TESTKIT_CUSTOM_CA: join(certificates, "custom"),
  // TestKit stores rewritten scripts there under their base name.
  TMPDIR: join(folder, "tmp"),
};
const backend = await startBackend();
const tests = spawn(
  process.env["PYTHON"] ?? "python3",
  [
    fileURLToPath(new URL("../runner/run_tests.py", import.meta.url)),
    "--shard",
    part,
    ...(strict === "strict" ? ["--strict"] : []),
    checkout,
    ...selectors,
  ],
  { env: environment, stdio: ["ignore", "inherit", openSync(join(folder, "tests.log"), "w")] },
);
const [code] = (await once(tests, "close")) as [number | null];
backend.kill();
process.exitCode = code ?? 1;
if (process.exitCode !== 0) console.error(readFileSync(join(folder, "tests.log"), "utf8"));

function isolate(): void {
  const hosts = join(folder, "hosts");
  writeFileSync(hosts, "127.0.0.1 localhost thehost thehostbutwrong\n");
  for (const command of ["ip link set lo up", `mount --bind ${hosts} /etc/hosts`]) {
    const { status, stderr } = spawnSync("sh", ["-c", command], { encoding: "utf8" });
    if (status !== 0) throw new Error(`${command}: ${stderr}`);
  }
}

async function startBackend(): Promise<ChildProcess> {
  const file = join(folder, "backend.log");
  const log = openSync(file, "w");
  const main = fileURLToPath(new URL("main.ts", import.meta.url));
  const child = spawn(process.execPath, ["--conditions=@bolt/source", main], {
    env: environment,
    stdio: ["ignore", log, log],
  });
  for (let i = 0; i < 100; i++) {
    const socket = connect(PORT, "127.0.0.1");
    const up = await new Promise((resolve) =>
      socket.once("connect", () => resolve(true)).once("error", () => resolve(false)),
    );
    socket.destroy();
    if (up) return child;
    await delay(100);
  }
  child.kill();
  throw new Error(`the backend does not listen: ${readFileSync(file, "utf8")}`);
}
