// One member of a causal cluster, as a process that can be stopped, killed, frozen and started again with its data.
// Knows its own settings; it is told the addresses of the others.
import { spawn } from "node:child_process";
import { auth, driver } from "@bolt/client";
import { makeHome, startJava, type JavaProgram, type JavaServer } from "./java-server.ts";
import type { Jdk } from "./jdk.ts";
import { fillHome } from "./neo4j-home.ts";
import type { Release } from "./releases.ts";

/** The Bolt versions it speaks; by default a driver offers later ones. */
export const VERSIONS: readonly string[] = ["2", "1"];

export interface MemberOptions {
  readonly mode: "CORE" | "READ_REPLICA";
  /** Free ports for this member alone. */
  readonly ports: Readonly<Record<"bolt" | "discovery" | "transaction" | "raft", number>>;
  /** Where the cores find each other. */
  readonly discovery: readonly string[];
  readonly password: string;
  readonly release: Release;
  readonly jdk: Jdk;
  readonly classPath: string;
}

export class CausalMember {
  readonly mode: MemberOptions["mode"];
  /** host:port of Bolt. */
  readonly address: string;
  up = false;
  readonly #password: string;
  readonly #program: JavaProgram;
  #server: JavaServer | undefined;

  constructor(options: MemberOptions) {
    const { mode, ports, password, release, jdk, classPath } = options;
    this.mode = mode;
    this.address = at(ports.bolt);
    this.#password = password;
    const home = makeHome(`neo4j-${release.version}`);
    fillHome(home, settingsOf(options), password);
    this.#program = {
      jdk,
      options: ["-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", ...release.javaOptions],
      classPath,
      main: "Neo4jCausal.java",
      home,
      timeoutMs: 240_000,
    };
  }

  /** Starts it, for the first time or again. */
  async start(): Promise<void> {
    this.#server = await startJava(`Neo4j at ${this.address}`, this.#program);
    this.up = true;
  }

  /** Ends the process: SIGTERM lets it shut down cleanly, SIGKILL does not. */
  async end(signal: "SIGTERM" | "SIGKILL"): Promise<void> {
    this.up = false;
    process.kill(this.#server!.pid, signal);
    await this.#server!.ended;
  }

  /** Freezes it for this long with its connections open. A separate process thaws it, even if this one dies. */
  async freeze(seconds: number): Promise<void> {
    const script = 'trap : INT TERM; kill -STOP "$0"; sleep "$1"; kill -CONT "$0"';
    const thawing = spawn("sh", ["-c", script, String(this.#server!.pid), String(seconds)]);
    await new Promise((resolve) => thawing.once("exit", resolve));
  }

  /** The role it claims: LEADER, FOLLOWER, READ_REPLICA. Rejects when it does not answer. */
  async role(): Promise<string | undefined> {
    const login = auth.basic("neo4j", this.#password);
    await using db = driver(`bolt://${this.address}`, login, { versions: VERSIONS, retry: { maxTimeMs: 0 } });
    const signal = AbortSignal.timeout(5000);
    const query = db.executeQuery<{ role: string }>("CALL dbms.cluster.role()", {}, { mode: "read", signal });
    return (await query).records[0]?.role;
  }

  /** Ends it and removes its data. */
  async remove(): Promise<void> {
    this.up = false;
    await this.#server?.stop();
  }
}

const at = (port: number): string => `127.0.0.1:${port}`;

function settingsOf({ mode, ports, discovery, release }: MemberOptions): Record<string, string> {
  const { connector } = release;
  const settings: Record<string, string> = {
    "dbms.mode": mode,
    [`${connector}.enabled`]: "true",
    [`${connector}.listen_address`]: at(ports.bolt),
    [`${connector}.advertised_address`]: at(ports.bolt),
    [`${connector}.tls_level`]: "DISABLED",
    "dbms.security.auth_enabled": "true",
    "dbms.backup.enabled": "false",
    "metrics.enabled": "false",
    "causal_clustering.initial_discovery_members": discovery.join(","),
    // Seven seconds by default, during which a dead leader keeps the cluster waiting.
    "causal_clustering.leader_election_timeout": "3s",
    ...release.settings,
  };
  for (const part of ["discovery", "transaction", "raft"] as const) {
    settings[`causal_clustering.${part}_listen_address`] = at(ports[part]);
    settings[`causal_clustering.${part}_advertised_address`] = at(ports[part]);
  }
  return settings;
}
