// All benchmarks and their goals, as data, in the order of the table.
import type { ClientWork } from "../clients/client.ts";
import type { CodecName } from "../codecs/codecs.ts";
import type { DatasetName } from "../data/datasets.ts";
import type { Quantity, Runner } from "../measure/compete.ts";
import {
  type Bench,
  boltServer,
  client,
  type ClientName,
  codec,
  framing,
  idleClient,
  idleServer,
  type Load,
  longStream,
  plainServer,
  startup,
} from "./runners.ts";

/** What we aim at. */
export type Goal =
  /** Another contestant needs at least `times` as much as ours. */
  | { readonly kind: "ahead"; readonly of: string; readonly times: number }
  /** Ours needs at most `times` as much as another contestant. */
  | { readonly kind: "within"; readonly of: string; readonly times: number }
  /** At least this many megabytes per second of CPU time. */
  | { readonly kind: "rate"; readonly megabytes: number }
  /** At most this many bytes per operation. */
  | { readonly kind: "bytes"; readonly atMost: number }
  /** At most this many milliseconds of wall time per operation. */
  | { readonly kind: "wall"; readonly atMostMs: number };

export interface Benchmark {
  readonly name: string;
  /** What one operation is. */
  readonly unit: string;
  /** The quantity that ratios compare; default CPU. */
  readonly by?: Quantity;
  /** By name, ours first. */
  readonly contestants: Readonly<Record<string, (bench: Bench) => Promise<Runner>>>;
  /** Groups of alternatives: one goal in each group has to be met. */
  readonly goals: readonly (readonly Goal[])[];
  /** Each slice is a single operation in a fresh process. */
  readonly single?: boolean;
  /** The most rounds, for benchmarks that take long. */
  readonly rounds?: number;
}

const ahead = (times: number, of: string = "neo4j-driver"): Goal[] => [{ kind: "ahead", of, times }];
const within = (times: number, of: string): Goal[] => [{ kind: "within", of, times }];

/** @param others the contestants besides ours */
function clientBenchmark(
  name: string,
  unit: string,
  work: ClientWork,
  goals: readonly (readonly Goal[])[],
  others: readonly ClientName[] = ["neo4j-driver"],
): Benchmark {
  const names: ClientName[] = ["@bolt/client", ...others];
  const contestants = names.map(
    (contestant) => [contestant, (bench: Bench) => client(bench, contestant, work)] as const,
  );
  return { name, unit, goals, contestants: Object.fromEntries(contestants) };
}

const stream = (
  dataset: DatasetName,
  how: "forEach" | "iterate" | "collect",
  goals: readonly (readonly Goal[])[],
  others?: readonly ClientName[],
): Benchmark =>
  clientBenchmark(
    `${how === "iterate" ? "for-await" : how}/${dataset}`,
    "row",
    { kind: "stream", dataset, how },
    goals,
    others,
  );

const requests = (
  name: string,
  how: Extract<ClientWork, { kind: "requests" }>["how"],
  goals: readonly (readonly Goal[])[],
  others?: readonly ClientName[],
): Benchmark => clientBenchmark(`query/${name}`, "query", { kind: "requests", how }, goals, others);

const PEERS: readonly CodecName[] = [
  "@bolt/packstream",
  "msgpackr",
  "msgpackr, no add-on",
  "cbor-x",
  "JSON",
  "neo4j-driver",
];

function codecBenchmark(direction: "decode" | "encode", dataset: DatasetName, times: number): Benchmark {
  const contestants = PEERS.map(
    (name) => [name, (bench: Bench) => codec(bench, { codec: name, dataset, direction })] as const,
  );
  return {
    name: `${direction}/${dataset}`,
    unit: "row",
    contestants: Object.fromEntries(contestants),
    goals: [ahead(times, "msgpackr")],
  };
}

const CODEC_SETS: readonly DatasetName[] = ["ints", "mixed", "nodes", "maps", "strings"];

function serverRequests(name: string, load: Load, goals: readonly (readonly Goal[])[]): Benchmark {
  return {
    name: `server/${name}`,
    unit: "query",
    contestants: {
      "@bolt/server": (bench) => boltServer(bench, load),
      "plain TCP": (bench) => plainServer(bench, load),
    },
    goals,
  };
}

function serverStream(dataset: DatasetName, rows: number, goals: readonly (readonly Goal[])[]): Benchmark {
  const load: Load = { connections: 1, depth: 1, dataset, rows };
  return {
    name: `server/${dataset}`,
    unit: "row",
    contestants: {
      "@bolt/server": async (bench) => perRow(await boltServer(bench, load), rows),
      "codec alone": (bench) => codec(bench, { codec: "@bolt/packstream", dataset, direction: "encode" }),
    },
    goals,
  };
}

/** Counts rows: the load driver counts queries. */
const perRow = (runner: Runner, rows: number): Runner => ({
  ...runner,
  async slice(ops) {
    const cost = await runner.slice(Math.ceil(ops / rows));
    return { ...cost, ops: cost.ops * rows };
  },
});

const KB = 1024;
const small: Load = { connections: 64, depth: 1, dataset: "one", rows: 1 };
/** If memory grew by more than this from one stream of ten million rows to the next, rows would be kept somewhere. */
const FLAT_BYTES = 16 * KB * KB;
const CONNECTIONS = 500;
const LONG = 10_000_000;

export const BENCHMARKS: readonly Benchmark[] = [
  stream("ints", "forEach", [ahead(6)]),
  stream("mixed", "forEach", [ahead(4)]),
  stream("nodes", "forEach", [ahead(6)]),
  stream("maps", "forEach", [ahead(8)]),
  stream("strings", "forEach", [ahead(1.7)]),
  stream("wide", "forEach", [ahead(3)]),
  stream("floats", "forEach", [ahead(4)]),
  stream("bytes", "forEach", [ahead(12), within(1 / 0.6, "raw socket")], ["neo4j-driver", "raw socket"]),
  stream("temporal", "forEach", [ahead(10)]),
  stream("paths", "forEach", []),
  stream("ints", "iterate", [ahead(10)]),
  stream("nodes", "iterate", [ahead(7)]),
  stream("maps", "iterate", []),
  stream("ints", "collect", [ahead(4)]),
  stream("nodes", "collect", [ahead(4)]),
  stream("maps", "collect", []),

  requests("sequential", "sequential", [ahead(5), within(1.5, "raw socket")], ["neo4j-driver", "raw socket"]),
  requests("64-sessions", "sessions", [ahead(8)], ["neo4j-driver", "raw socket"]),
  requests("executeQuery", "executeQuery", [ahead(7)]),
  requests("executeQuery-read", "read", [ahead(7)]),
  requests("executeRead", "executeRead", [ahead(7)]),
  clientBenchmark("query/write-10000-maps", "map", { kind: "write" }, [ahead(12)]),
  clientBenchmark("query/connect", "connection", { kind: "connect" }, []),

  ...CODEC_SETS.map((name) => codecBenchmark("decode", name, 1.1)),
  ...CODEC_SETS.map((name) => codecBenchmark("encode", name, 1.3)),
  {
    name: "framing/handshake",
    unit: "handshake",
    contestants: {
      "@bolt/framing": (bench) => framing(bench, { what: "handshake", of: "@bolt/framing", dataset: "one" }),
    },
    goals: [],
  },
  {
    name: "framing/dechunk",
    unit: "message",
    contestants: {
      "@bolt/framing": (bench) => framing(bench, { what: "dechunk", of: "@bolt/framing", dataset: "nodes" }),
      "neo4j-driver": (bench) => framing(bench, { what: "dechunk", of: "neo4j-driver", dataset: "nodes" }),
    },
    goals: [],
  },

  serverRequests("1-connection", { ...small, connections: 1 }, []),
  serverRequests("64-connections", small, [within(2, "plain TCP")]),
  serverRequests("pipelined", { ...small, connections: 1, depth: 16 }, []),
  serverStream("ints", 100_000, []),
  serverStream("nodes", 20_000, [
    [
      { kind: "rate", megabytes: 400 },
      { kind: "within", of: "codec alone", times: 1 / 0.7 },
    ],
  ]),
  serverStream("maps", 20_000, []),

  {
    name: "memory/idle-client",
    unit: "connection",
    by: "bytes",
    single: true,
    rounds: 3,
    contestants: {
      "@bolt/client": (bench) => idleClient(bench, "@bolt/client", bench.quick ? 20 : CONNECTIONS),
      "neo4j-driver": (bench) => idleClient(bench, "neo4j-driver", bench.quick ? 20 : CONNECTIONS),
    },
    goals: [[{ kind: "bytes", atMost: 20 * KB }]],
  },
  {
    name: "memory/idle-server",
    unit: "connection",
    by: "bytes",
    single: true,
    rounds: 3,
    contestants: { "@bolt/server": (bench) => idleServer(bench, bench.quick ? 20 : CONNECTIONS) },
    goals: [[{ kind: "bytes", atMost: 12 * KB }]],
  },
  {
    name: "memory/long-stream",
    unit: "growth",
    by: "bytes",
    single: true,
    rounds: 1,
    contestants: {
      "@bolt/client": (bench) => longStream(bench, "@bolt/client", bench.quick ? 10_000 : LONG),
    },
    goals: [[{ kind: "bytes", atMost: FLAT_BYTES }]],
  },
  {
    name: "startup/import",
    unit: "process",
    by: "wall",
    single: true,
    contestants: {
      "@bolt/client": (bench) => startup(bench, "@bolt/client", "import"),
      "neo4j-driver": (bench) => startup(bench, "neo4j-driver", "import"),
    },
    goals: [
      [
        { kind: "wall", atMostMs: 15 },
        { kind: "within", of: "neo4j-driver", times: 0.3 },
      ],
    ],
  },
  {
    name: "startup/first-query",
    unit: "process",
    by: "wall",
    single: true,
    contestants: {
      "@bolt/client": (bench) => startup(bench, "@bolt/client", "query"),
      "neo4j-driver": (bench) => startup(bench, "neo4j-driver", "query"),
    },
    goals: [within(0.5, "neo4j-driver")],
  },
];
