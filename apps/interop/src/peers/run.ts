// Plays the scenarios with one peer and collects its JSON lines. Knows no language: a program gets its
// instructions in environment variables. One that falls silent is killed and restarted after the scenario that
// hung, so that one hang costs one line of the table.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../cache.ts";
import { command, lastWords } from "../command.ts";
import { findJdk } from "../jdk.ts";
import { Unavailable } from "../unavailable.ts";
import type { Outcome, Peer, Program, Report, Target } from "./peer.ts";
import { SCENARIOS, STREAM_ROWS } from "./scenarios.ts";

/** A program that prints nothing for this long hangs. The longest scenario takes 5 s on two busy cores. */
const SILENCE_MS = 60_000;

export interface RunOptions {
  /** Default: all. */
  scenarios?: readonly string[];
  onOutcome?: (outcome: Outcome) => void;
}

export async function runPeer(peer: Peer, target: Target, options: RunOptions = {}): Promise<Report> {
  const outcomes: Outcome[] = [];
  const report = (outcome: Outcome) => {
    outcomes.push(outcome);
    options.onOutcome?.(outcome);
  };
  try {
    refuse(peer, target);
    const program = await peer.prepare();
    const env = await orders(target);
    let left = [...(options.scenarios ?? Object.keys(SCENARIOS))];
    const noRouting = withoutRouting(peer, target);
    if (noRouting !== undefined && left.includes("connect-routing")) {
      left = left.filter((scenario) => scenario !== "connect-routing");
      report({ scenario: "connect-routing", ok: null, ms: 0, detail: noRouting });
    }
    while (left.length > 0) left = await play(program, env, left, report);
    return { peer: peer.name, outcomes };
  } catch (error) {
    if (error instanceof Unavailable) return { peer: peer.name, skipped: error.message, outcomes };
    report({ scenario: "prepare", ok: false, ms: 0, detail: String(error) }); // our program does not compile
    return { peer: peer.name, outcomes };
  }
}

function refuse(peer: Peer, { bolt, uri }: Target): void {
  if (bolt && !peer.bolt.some((version) => bolt.includes(version))) {
    throw new Unavailable(`speaks Bolt ${spoken(peer.bolt)}, the server ${spoken(bolt)}`);
  }
  if (peer.tls === false && !uri.startsWith("bolt:")) throw new Unavailable("only run without TLS");
}

/** Returns why neo4j:// URIs are not tried, or `undefined`. */
function withoutRouting({ routing }: Peer, { bolt, routes }: Target): string | undefined {
  if (routes === false) return "this server has no routing table";
  if (!routing || !bolt || routing.some((version) => bolt.includes(version))) return undefined;
  return `this client routes only at Bolt ${spoken(routing)}`;
}

const spoken = (bolt: readonly string[]) => (bolt.length === 1 ? bolt[0] : `${bolt[0]} to ${bolt.at(-1)}`);

/** Runs the program once. Returns the scenarios that it did not reach; none if it could not even connect. */
async function play(
  program: Program,
  env: Record<string, string>,
  scenarios: readonly string[],
  report: (outcome: Outcome) => void,
): Promise<string[]> {
  const left = new Set(scenarios);
  const hopeless = new AbortController();
  const begin = performance.now();
  const done = await command(program.file, program.args, {
    ...(program.cwd === undefined ? {} : { cwd: program.cwd }),
    env: { ...env, ...program.env, BOLT_SCENARIOS: scenarios.join(",") },
    silenceMs: SILENCE_MS,
    signal: hopeless.signal,
    onLine(line) {
      const outcome = readOutcome(line);
      if (hopeless.signal.aborted || !outcome || !left.delete(outcome.scenario)) return;
      report(outcome);
      if (outcome.scenario === "connect" && outcome.ok === false) hopeless.abort();
    },
  });
  if (hopeless.signal.aborted) return [];
  const [stuck, ...rest] = left;
  if (stuck !== undefined) {
    const detail = done.timedOut ? `silent for ${SILENCE_MS / 1000} s` : `it ended: ${lastWords(done, 3)}`;
    report({ scenario: stuck, ok: false, ms: Math.round(performance.now() - begin), detail });
  }
  return stuck === "connect" ? [] : rest;
}

function readOutcome(line: string): Outcome | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    const { scenario, ok, ms, detail }: Partial<Outcome> = JSON.parse(line);
    if (scenario === undefined || ok === undefined) return undefined;
    return { scenario, ok, ms: ms ?? 0, detail: detail ?? "" };
  } catch {
    return undefined; // not a report line
  }
}

const known = new WeakMap<Target, Promise<Record<string, string>>>();

/** The environment variables that tell every program what it needs. */
function orders(target: Target): Promise<Record<string, string>> {
  const env = known.get(target) ?? makeOrders(target);
  known.set(target, env);
  return env;
}

async function makeOrders(target: Target): Promise<Record<string, string>> {
  const env = {
    BOLT_URI: target.uri,
    BOLT_ROUTING_URI: target.uri.replace(/^bolt/, "neo4j"),
    BOLT_USER: target.user,
    BOLT_PASSWORD: target.password,
    BOLT_ROWS: String(STREAM_ROWS),
  };
  return target.ca === undefined ? env : { ...env, ...(await trusting(target.ca)) };
}

/** Tells each language, in its own way, which authority to trust. */
async function trusting(ca: string): Promise<Record<string, string>> {
  const folder = mkdtempSync(join(cacheFolder("ca"), "trust-"));
  process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
  const pem = join(folder, "ca.pem");
  writeFileSync(pem, ca);
  const env = { NODE_EXTRA_CA_CERTS: pem, SSL_CERT_FILE: pem };
  const store = await javaTrustStore(pem, join(folder, "ca.p12"));
  if (!store) return env;
  const trust = "-Djavax.net.ssl.trustStore";
  return { ...env, JAVA_TOOL_OPTIONS: `${trust}=${store} ${trust}Password=${STORE_PASSWORD}` };
}

/** Java needs a password even to read certificates from a store. */
const STORE_PASSWORD = "changeit";

async function javaTrustStore(pem: string, store: string): Promise<string | undefined> {
  try {
    const keytool = join(findJdk(11, Infinity).home, "bin", "keytool");
    const options = [
      "-alias",
      "ca",
      "-keystore",
      store,
      "-storetype",
      "PKCS12",
      "-storepass",
      STORE_PASSWORD,
    ];
    const done = await command(keytool, ["-importcert", "-noprompt", "-file", pem, ...options]);
    return done.code === 0 ? store : undefined;
  } catch (error) {
    if (error instanceof Unavailable) return undefined; // then no Java client runs either
    throw error;
  }
}
