// Starts and stops a real Neo4j Community of any generation on a loopback port. It runs inside a small Java
// program in the folder `java/`, on jars from Maven Central: nothing is installed. Knows settings and certificates;
// differences between versions are in releases.ts, processes in java-server.ts.
import { mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { createAuthority } from "./certificates.ts";
import { makeHome, startJava } from "./java-server.ts";
import { findJdk } from "./jdk.ts";
import { classPath } from "./maven.ts";
import { fillHome } from "./neo4j-home.ts";
import { release, type Release } from "./releases.ts";

export interface Neo4jOptions {
  /** For instance "5.26.30"; any version from 3.4 on. */
  version: string;
  /** Password of the user `neo4j`. Default "interop-secret". */
  password?: string;
  /** Default: a free port. */
  port?: number;
  /**
   * Encryption with a certificate for localhost from our own authority: "required", or "optional", which serves
   * plain and TLS on the same port. Only from Neo4j 4.0 on. Default: none.
   */
  tls?: "required" | "optional";
  /** More settings for neo4j.conf, by name. */
  settings?: Readonly<Record<string, string>>;
  /** Default 512 MB. */
  maxHeapMb?: number;
  /** How long the start may take once all jars are downloaded. Default 120,000. */
  timeoutMs?: number;
}

export interface Neo4jServer extends AsyncDisposable {
  /** "bolt://127.0.0.1:54321", or "bolt+s://localhost:54321" if TLS is required. */
  uri: string;
  port: number;
  user: "neo4j";
  password: string;
  version: string;
  /** Its Bolt versions, oldest first. */
  bolt: readonly string[];
  /** Certificate of the authority to trust, PEM. Only with TLS. */
  ca?: string;
  /** The process of the database. */
  pid: number;
  /** Time from the start of the JVM until Bolt answered. */
  startMs: number;
  /** Ends the database and removes its data. Further calls return the same promise. */
  stop(): Promise<void>;
}

/**
 * @throws Unavailable in one line: no JDK of the right version, no Maven, no network.
 * @throws Error with the last output of a database that did not start.
 */
export async function startNeo4j(options: Neo4jOptions): Promise<Neo4jServer> {
  const { version, password = "interop-secret" } = options;
  const wanted = release(version);
  const jdk = findJdk(...wanted.jdk);
  const jars = await classPath(`neo4j-${version}`, wanted.artifacts, jdk);
  const port = options.port ?? (await freePort());
  const home = makeHome(`neo4j-${version}`);
  const ca = writeHome(home, wanted, options, port, password);

  const { pid, startMs, stop } = await startJava(`Neo4j ${version}`, {
    jdk,
    options: [`-Xmx${options.maxHeapMb ?? 512}m`, "-XX:+UseSerialGC", ...wanted.javaOptions],
    classPath: jars,
    main: wanted.main,
    home,
    timeoutMs: options.timeoutMs ?? 120_000,
  });
  return {
    uri: options.tls === "required" ? `bolt+s://localhost:${port}` : `bolt://127.0.0.1:${port}`,
    port,
    user: "neo4j",
    password,
    version,
    bolt: wanted.bolt,
    ...(ca === undefined ? {} : { ca }),
    pid,
    startMs,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

/** Returns a loopback port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer().once("error", reject);
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address();
      probe.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}

/** Writes settings, password and certificates to the home folder. Returns the authority's certificate. */
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
  fillHome(home, settings, password);
  return ca;
}
