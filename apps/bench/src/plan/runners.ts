// Turns benchmarks into processes that can be measured: which child does the work, and whose CPU time counts.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { ClientSetup, ClientWork } from "../clients/client.ts";
import type { CodecSetup } from "../contestants/codec.ts";
import type { FramingSetup } from "../contestants/framing.ts";
import type { LoadSetup } from "../contestants/load.ts";
import type { PlainSetup } from "../contestants/plain-server.ts";
import { builtFile, Child, type Runtime } from "../measure/child.ts";
import type { Runner } from "../measure/compete.ts";
import type { Cost } from "../measure/worker.ts";

/** What runners are made from. */
export interface Bench {
  readonly runtime: Runtime;
  /** The replay server's port. */
  readonly port: number;
  /** Smoke test: small sizes. */
  readonly quick: boolean;
  /** The benchmark's name, for profiles. */
  readonly name: string;
  /** In a smoke test: processes that are reused for one benchmark after another. */
  readonly shared: Map<string, Child>;
}

/** Starts a new process for each contestant of each benchmark; in a smoke test reuses processes. */
function start(bench: Bench, entry: string, contestant: string): Child {
  if (!bench.quick) return new Child(bench.runtime, entry, `${bench.name} ${contestant}`);
  const key = `${entry} ${contestant}`;
  let child = bench.shared.get(key);
  if (!child) bench.shared.set(key, (child = new Child(bench.runtime, entry, contestant)));
  return child;
}

const end = async (bench: Bench, ...children: readonly Child[]): Promise<void> => {
  if (!bench.quick) await Promise.all(children.map((child) => child.close()));
};

const ENTRIES = {
  "@bolt/client": "contestants/bolt-client.js",
  "neo4j-driver": "contestants/neo4j-driver.js",
  "raw socket": "contestants/raw-socket.js",
} as const;

export type ClientName = keyof typeof ENTRIES;

/** A runner with a single child, which measures itself. */
async function measured(bench: Bench, entry: string, contestant: string, setup: object): Promise<Runner> {
  const child = start(bench, entry, contestant);
  await child.call("open", setup);
  return {
    check: () => child.call("check"),
    slice: (ops) => child.call("slice", ops),
    close: () => end(bench, child),
  };
}

export const client = (bench: Bench, name: ClientName, work: ClientWork): Promise<Runner> => {
  const setup: ClientSetup = { port: bench.port, work, rows: bench.quick ? 100 : undefined };
  return measured(bench, ENTRIES[name], name, setup);
};

export const codec = (bench: Bench, setup: CodecSetup): Promise<Runner> =>
  measured(bench, "contestants/codec.js", setup.codec, setup);

export const framing = (bench: Bench, setup: FramingSetup): Promise<Runner> =>
  measured(bench, "contestants/framing.js", setup.of, setup);

export type Load = Omit<LoadSetup, "port" | "plain">;

/** Our server, with a load driver as its client. */
export async function boltServer(bench: Bench, load: Load): Promise<Runner> {
  const server = start(bench, "contestants/bolt-server.js", "@bolt/server");
  return served(bench, server, await server.call<number>("listen"), load, false);
}

/** A plain TCP server that sends what our server has sent. */
export async function plainServer(bench: Bench, load: Load): Promise<Runner> {
  const ours = start(bench, "contestants/bolt-server.js", "recorded");
  const recorder = start(bench, "contestants/load.js", "recorder");
  await recorder.call("open", { ...load, connections: 1, depth: 1, port: await ours.call<number>("listen") });
  const recorded = await recorder.call<PlainSetup>("check");
  await end(bench, recorder, ours);
  const server = start(bench, "contestants/plain-server.js", "plain TCP");
  return served(bench, server, await server.call<number>("listen", recorded), load, true);
}

async function served(
  bench: Bench,
  server: Child,
  port: number,
  load: Load,
  plain: boolean,
): Promise<Runner> {
  const driver = start(bench, "contestants/load.js", plain ? "load on plain TCP" : "load");
  await driver.call("open", { ...load, port, plain } satisfies LoadSetup);
  return {
    check: () => driver.call("check"),
    async slice(ops) {
      const before = await server.cpuUs();
      const cost = await driver.call<Cost>("slice", ops);
      return { ...cost, cpuUs: (await server.cpuUs()) - before };
    },
    async close() {
      await driver.call("close");
      await end(bench, driver, server);
    },
  };
}

interface Memory {
  readonly held: number;
}

/** What one idle connection holds: each slice is a fresh process. */
export function idleClient(
  bench: Bench,
  name: "@bolt/client" | "neo4j-driver",
  connections: number,
): Promise<Runner> {
  return once(async () => {
    const child = new Child(bench.runtime, ENTRIES[name], `${bench.name} ${name}`);
    const setup: ClientSetup = { port: bench.port, work: { kind: "requests", how: "sequential" } };
    await child.call("open", setup);
    await child.call("check");
    // Warm up: what a driver allocates once, and code that runs for the first time, does not belong to a connection.
    await child.call("hold", Math.ceil(connections / 10));
    const before = await child.call<Memory>("memory");
    await child.call("hold", connections);
    const after = await child.call<Memory>("memory");
    await child.close();
    return held(connections - Math.ceil(connections / 10), before, after);
  });
}

export function idleServer(bench: Bench, connections: number): Promise<Runner> {
  return once(async () => {
    const server = new Child(bench.runtime, "contestants/bolt-server.js", `${bench.name} @bolt/server`);
    const port = await server.call<number>("listen");
    const load = { port, depth: 1, dataset: "one", rows: 1 } as const;
    const drivers: Child[] = [];
    const add = async (count: number): Promise<void> => {
      const driver = new Child(bench.runtime, "contestants/load.js", `${bench.name} load`);
      drivers.push(driver);
      await driver.call("open", { ...load, connections: count } satisfies LoadSetup);
      await driver.call("slice", count);
    };
    await add(Math.ceil(connections / 10));
    const before = await server.call<Memory>("memory");
    await add(connections);
    const after = await server.call<Memory>("memory");
    await Promise.all(drivers.map((driver) => driver.close()));
    await server.close();
    return held(connections, before, after);
  });
}

const held = (connections: number, before: Memory, after: Memory): Cost => ({
  ops: connections,
  cpuUs: 0,
  wallUs: 0,
  bytes: after.held - before.held,
});

/** How much resident memory grows from one long result to the next. */
export function longStream(
  bench: Bench,
  name: "@bolt/client" | "neo4j-driver",
  rows: number,
): Promise<Runner> {
  return once(async () => {
    const child = new Child(bench.runtime, ENTRIES[name], `${bench.name} ${name}`);
    await child.call("open", {
      port: bench.port,
      work: { kind: "requests", how: "sequential" },
    } satisfies ClientSetup);
    const before = await child.cpuUs();
    const { first, last } = await child.call<{ first: number; last: number }>("long", rows);
    const cpuUs = (await child.cpuUs()) - before;
    await child.close();
    return { ops: 1, cpuUs, wallUs: 0, bytes: Math.max(0, last - first) };
  });
}

const execute = promisify(execFile);

/** Loading a driver, or its first query: each slice is a fresh process. */
export function startup(
  bench: Bench,
  name: "@bolt/client" | "neo4j-driver",
  what: "import" | "query",
): Promise<Runner> {
  return once(async () => {
    const { stdout } = await execute(bench.runtime.node, [builtFile("startup.js"), name, String(bench.port)]);
    const costs = JSON.parse(stdout) as Record<typeof what, { cpuUs: number; wallUs: number }>;
    return { ops: 1, ...costs[what] };
  });
}

const once = (slice: () => Promise<Cost>): Promise<Runner> =>
  Promise.resolve({ check: () => Promise.resolve(), slice, close: () => Promise.resolve() });
