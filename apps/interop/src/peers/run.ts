/**
 * Plays the scenarios with one peer and collects its JSON lines. Knows nothing of any language: a program
 * is given its orders in environment variables, and is killed and started again behind the scenario in which
 * it fell silent, so that one hang costs one line of the table.
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "../cache.ts";
import { command, lastWords } from "../command.ts";
import { findJdk } from "../jdk.ts";
import { Unavailable } from "../unavailable.ts";
import type { Outcome, Peer, Program, Report, Target } from "./peer.ts";
import { SCENARIOS, STREAM_ROWS } from "./scenarios.ts";

/** A program that says nothing for so long hangs. The longest scenario takes 5 s on two busy cores. */
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
    if (target.routes === false && left.includes("connect-routing")) {
      left = left.filter((scenario) => scenario !== "connect-routing");
      report({ scenario: "connect-routing", ok: null, ms: 0, detail: "this server has no routing table" });
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

const spoken = (bolt: readonly string[]) => (bolt.length === 1 ? bolt[0] : `${bolt[0]} to ${bolt.at(-1)}`);

/** Runs the program once. Returns the scenarios that it did not come to; none if it could not even connect. */
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
    return undefined; // not one of ours
  }
}

/** The environment in which every program finds what it needs; each language trusts the authority its way. */
async function orders(target: Target): Promise<Record<string, string>> {
  const env: Record<string, string> = {
    BOLT_URI: target.uri,
    BOLT_ROUTING_URI: target.uri.replace(/^bolt/, "neo4j"),
    BOLT_USER: target.user,
    BOLT_PASSWORD: target.password,
    BOLT_ROWS: String(STREAM_ROWS),
  };
  if (target.ca === undefined) return env;
  const folder = cacheFolder("ca");
  const pem = join(folder, `${process.pid}.pem`);
  writeFileSync(pem, target.ca);
  Object.assign(env, { NODE_EXTRA_CA_CERTS: pem, SSL_CERT_FILE: pem, BOLT_CA: pem });
  const store = await javaTrustStore(pem);
  if (store) env["JAVA_TOOL_OPTIONS"] = `-Djavax.net.ssl.trustStore=${store}`;
  return env;
}

async function javaTrustStore(pem: string): Promise<string | undefined> {
  try {
    const store = `${pem}.p12`;
    const keytool = join(findJdk(11, Infinity).home, "bin", "keytool");
    const options = ["-alias", "ca", "-keystore", store, "-storetype", "PKCS12", "-storepass", "changeit"];
    await command(keytool, ["-delete", ...options]); // of another run with this process id
    const done = await command(keytool, ["-importcert", "-noprompt", "-file", pem, ...options]);
    return done.code === 0 ? store : undefined;
  } catch (error) {
    if (error instanceof Unavailable) return undefined; // then no Java client runs either
    throw error;
  }
}
