/**
 * Starts a real Neo4j Community of any generation on a loopback port and stops it again. It runs inside a
 * small Java program of the folder `java/`, on jars from Maven Central: nothing is installed. What differs
 * from version to version is releases.ts's; this file knows processes, folders and passwords.
 *
 * No database outlives us: the Java program stops when its standard input ends, and that happens however
 * this process dies. A home folder that was left behind is removed by the next start.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { cacheFolder } from "./cache.ts";
import { createAuthority } from "./certificates.ts";
import { findJdk } from "./jdk.ts";
import { classPath } from "./maven.ts";
import { release, type Release } from "./releases.ts";

export interface Neo4jOptions {
  /** For instance "5.26.30"; any from 3.4 on. */
  version: string;
  /** Password of the user `neo4j`. Default "interop-secret". */
  password?: string;
  /** Default: a free one. */
  port?: number;
  /**
   * Encryption with a certificate for localhost by an authority of its own: "required", or "optional",
   * which answers plain and TLS on the same port. Only from Neo4j 4.0 on. Default: none.
   */
  tls?: "required" | "optional";
  /** More lines of neo4j.conf, by name. */
  settings?: Readonly<Record<string, string>>;
  /** Default 512 MB. */
  maxHeapMb?: number;
  /** How long the start may take once all jars are here. Default 120 000. */
  timeoutMs?: number;
}

export interface Neo4jServer extends AsyncDisposable {
  /** "bolt://127.0.0.1:54321", or "bolt+s://localhost:54321" if TLS is required. */
  uri: string;
  port: number;
  user: "neo4j";
  password: string;
  version: string;
  /** Bolt versions that it speaks, oldest first. */
  bolt: readonly string[];
  /** Certificate of the authority to trust, PEM. Only with TLS. */
  ca?: string;
  /** The process of the database. */
  pid: number;
  /** From the start of the JVM until Bolt answered. */
  startMs: number;
  /** Ends the database and removes its data. May be called again; the promise is the same. */
  stop(): Promise<void>;
}

/**
 * @throws Unavailable in one line: no JDK of the right version, no Maven, no network.
 * @throws Error with the last words of a database that did not start.
 */
export async function startNeo4j(options: Neo4jOptions): Promise<Neo4jServer> {
  const { version, password = "interop-secret" } = options;
  const wanted = release(version);
  const jdk = findJdk(...wanted.jdk);
  const jars = await classPath(`neo4j-${version}`, wanted.artifacts, jdk);
  const port = options.port ?? (await freePort());
  const home = makeHome(version);
  const ca = writeHome(home, wanted, options, port, password);

  const begin = performance.now();
  const main = join(import.meta.dirname, "..", "java", wanted.main);
  const heap = [`-Xmx${options.maxHeapMb ?? 512}m`, "-XX:+UseSerialGC"];
  const child = spawn(jdk.java, [...heap, ...wanted.javaOptions, "-cp", jars, main, home], { stdio: "pipe" });
  const stop = stopper(child, home);
  try {
    await untilReady(child, options.timeoutMs ?? 120_000);
  } catch (cause) {
    await stop();
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`Neo4j ${version} did not start: ${why}`, { cause });
  }
  return {
    uri: options.tls === "required" ? `bolt+s://localhost:${port}` : `bolt://127.0.0.1:${port}`,
    port,
    user: "neo4j",
    password,
    version,
    bolt: wanted.bolt,
    ...(ca === undefined ? {} : { ca }),
    pid: child.pid ?? -1,
    startMs: performance.now() - begin,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** A port that was free a moment ago on the loopback interface. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

/** The process id in the name says whose home it is, so that the next start can sweep up after the dead. */
function makeHome(version: string): string {
  const homes = cacheFolder("running");
  for (const name of readdirSync(homes)) {
    const pid = Number(/^neo4j-[\d.]+-(\d+)-/.exec(name)?.[1]);
    if (pid && !isRunning(pid)) removeFolder(join(homes, name));
  }
  return mkdtempSync(join(homes, `neo4j-${version}-${process.pid}-`));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"; // somebody else's, but alive
  }
}

function removeFolder(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    // A dying JVM may still be writing there: the next start tries again.
  }
}

/** Settings, password and certificates as files of the home folder. Returns the authority's certificate. */
function writeHome(
  home: string,
  wanted: Release,
  options: Neo4jOptions,
  port: number,
  password: string,
): string | undefined {
  const settings: Record<string, string> = {
    [`${wanted.connector}.enabled`]: "true",
    [`${wanted.connector}.listen_address`]: `127.0.0.1:${port}`,
    [`${wanted.connector}.advertised_address`]: `127.0.0.1:${port}`,
    [`${wanted.connector}.tls_level`]: options.tls?.toUpperCase() ?? "DISABLED",
    "dbms.security.auth_enabled": "true",
    ...wanted.settings,
  };
  let ca: string | undefined;
  if (options.tls) {
    if (wanted.main === "Neo4j3.java") throw new TypeError("TLS is set up here for Neo4j 4.0 and later only");
    const authority = createAuthority();
    const { key, cert } = authority.issue(["localhost", "127.0.0.1", "::1"]);
    ca = authority.ca;
    const folder = join(home, "certificates");
    mkdirSync(folder);
    writeFileSync(join(folder, "private.key"), key, { mode: 0o600 });
    writeFileSync(join(folder, "public.crt"), cert);
    Object.assign(settings, {
      "dbms.ssl.policy.bolt.enabled": "true",
      "dbms.ssl.policy.bolt.base_directory": folder,
      "dbms.ssl.policy.bolt.private_key": "private.key",
      "dbms.ssl.policy.bolt.public_certificate": "public.crt",
      "dbms.ssl.policy.bolt.client_auth": "NONE",
    });
  }
  Object.assign(settings, options.settings);
  // A properties file of Java: backslashes (Windows paths) are doubled.
  const lines = Object.entries(settings).map(
    ([name, value]) => `${name}=${value.replaceAll("\\", "\\\\")}\n`,
  );
  writeFileSync(join(home, "neo4j.conf"), lines.join(""));
  mkdirSync(join(home, "data", "dbms"), { recursive: true });
  writeFileSync(join(home, "data", "dbms", "auth.ini"), initialUser(password), { mode: 0o600 });
  return ca;
}

/**
 * What `neo4j-admin set-initial-password` writes. All versions read it, while statements that set a password
 * differ, or are missing (4.0). The hash is one round of SHA-256, which 3.x wants and later ones still take.
 */
function initialUser(password: string): string {
  const salt = randomBytes(32);
  const hash = createHash("sha256").update(salt).update(password).digest("hex").toUpperCase();
  return `neo4j:SHA-256,${hash},${salt.toString("hex").toUpperCase()}:\n`;
}

function untilReady(child: ChildProcess, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    const fail = (why: string) => {
      clearTimeout(timer);
      const lines = said.trim().split("\n");
      const causes = lines.filter((line) => /^(Exception|Caused by|Error|error:)/.test(line));
      reject(new Error([why, ...(causes.length > 0 ? causes : lines.slice(-12))].join("\n  ")));
    };
    const timer = setTimeout(() => fail(`not ready after ${timeoutMs} ms`), timeoutMs);
    const listen = (text: string) => {
      said = (said + text).slice(-20_000);
      if (!/^ready\r?$/m.test(said)) return;
      clearTimeout(timer);
      resolve();
    };
    // Stays attached after that too: a full pipe would halt the database.
    child.stdout?.setEncoding("utf8").on("data", listen);
    child.stderr?.setEncoding("utf8").on("data", listen);
    child.once("error", (error) => fail(error.message));
    child.once("exit", (code, signal) => fail(`it ended with ${signal ?? `exit code ${code}`}`));
  });
}

/** Asks politely by ending its input; kills what has not ended after a while. */
function stopper(child: ChildProcess, home: string): () => Promise<void> {
  const ended = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
  child.stdin?.on("error", () => {}); // it died by itself
  let stopping: Promise<void> | undefined;
  return () => {
    stopping ??= (async () => {
      child.stdin?.end();
      const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
      await ended;
      clearTimeout(timer);
      removeFolder(home);
    })();
    return stopping;
  };
}
