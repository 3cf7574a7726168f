// The interface between a driver under test and the workloads. Knows the workloads and checks their results; the
// adapters know the drivers' own APIs.
import { RowCheck, same } from "../data/check.ts";
import { dataset, type DatasetName, queryText, WRITTEN, writtenMaps } from "../data/datasets.ts";
import type { Plain } from "../data/values.ts";
import { cost, type Cost, expose } from "../measure/worker.ts";

/** The same use of each driver, as its documentation shows it; the fastest way if there are several. */
export interface Client<Row = unknown, Session = unknown> {
  /** Three ways to read a result: the fastest public one, `for await`, and all rows as an array. */
  forEach(query: string, row: (row: Row) => void): Promise<void>;
  iterate(query: string, row: (row: Row) => void): Promise<void>;
  collect(query: string): Promise<Row[]>;
  /** The values of a row in the neutral form. Throws if the row itself is not what the driver promises. */
  values(row: Row, keys: readonly string[]): unknown[];
  session(): Session;
  /** An auto-commit query, read to the end. */
  run(session: Session, query: string, parameters?: object): Promise<Row[]>;
  executeQuery(query: string, mode: "read" | "write"): Promise<Row[]>;
  executeRead(session: Session, query: string): Promise<Row[]>;
  closeSession(session: Session): Promise<void>;
  /** A plain value as a parameter for this driver, integers as integers. */
  parameter(value: Plain): unknown;
  /** Opens this many connections and leaves them idle in the pool. */
  hold(connections: number): Promise<void>;
  close(): Promise<void>;
}

/** How small queries are sent: `read` is executeQuery that says that it only reads. */
export type RequestKind = "sequential" | "sessions" | "executeQuery" | "read" | "executeRead";

/** A workload. */
export type ClientWork =
  | {
      readonly kind: "stream";
      readonly dataset: DatasetName;
      readonly how: "forEach" | "iterate" | "collect";
    }
  | { readonly kind: "requests"; readonly how: RequestKind }
  | { readonly kind: "write" }
  | { readonly kind: "connect" };

export interface ClientSetup {
  readonly port: number;
  /** Rows per streamed query. Default: `perQuery` of the dataset. */
  readonly rows?: number | undefined;
  readonly work: ClientWork;
}

/** Sessions that work at the same time. */
export const SESSIONS = 64;
const ONE = queryText("one", 1);

interface Job {
  check(): Promise<void>;
  run(ops: number): Promise<number>;
}

/** Serves the parent's calls with this driver. `connect` is called for each new driver. */
export function exposeClient<Row, Session>(connect: (port: number) => Client<Row, Session>): void {
  let client: Client<Row, Session> | undefined;
  let job: Job;
  expose({
    open: async ({ port, work, rows }: ClientSetup) => {
      await client?.close();
      client = connect(port);
      job = jobOf(client, work, rows, () => connect(port));
    },
    check: () => job.check(),
    slice: (ops: number): Promise<Cost> => cost(() => job.run(ops)),
    hold: (connections: number) => client!.hold(connections),
    long: (rows: number) => longStream(client!, rows),
  });
}

function jobOf<Row, Session>(
  client: Client<Row, Session>,
  work: ClientWork,
  rows: number | undefined,
  connect: () => Client<Row, Session>,
): Job {
  switch (work.kind) {
    case "stream":
      return streamJob(client, work.dataset, work.how, rows);
    case "requests":
      return requestJob(client, work.how);
    case "write":
      return writeJob(client);
    case "connect":
      return connectJob(connect);
  }
}

function streamJob<Row>(
  client: Client<Row>,
  name: DatasetName,
  how: "forEach" | "iterate" | "collect",
  perQuery = dataset(name).perQuery,
): Job {
  const data = dataset(name);
  const text = queryText(name, perQuery);
  // Every row of the dataset, and a few more to check that it starts over after the last one.
  const checked = data.rows.length + 3;
  return {
    async check() {
      const check = new RowCheck(data);
      const look = (row: Row): void => check.row(client.values(row, data.keys));
      const query = queryText(name, checked);
      if (how === "collect") for (const row of await client.collect(query)) look(row);
      else await client[how](query, look);
      check.end(checked);
    },
    async run(ops) {
      let rows = 0;
      const count = (): void => {
        rows++;
      };
      while (rows < ops) {
        if (how === "collect") rows += (await client.collect(text)).length;
        else await client[how](text, count);
      }
      if (rows % perQuery !== 0) throw new Error(`${rows} rows: not a multiple of ${perQuery}`);
      return rows;
    },
  };
}

function requestJob<Row, Session>(client: Client<Row, Session>, how: RequestKind): Job {
  const sessions = Array.from({ length: how === "sessions" ? SESSIONS : 1 }, () => client.session());
  const first = sessions[0]!;
  const once = {
    sequential: () => client.run(first, ONE),
    executeQuery: () => client.executeQuery(ONE, "write"),
    read: () => client.executeQuery(ONE, "read"),
    executeRead: () => client.executeRead(first, ONE),
  };
  return {
    async check() {
      const results =
        how === "sessions"
          ? await Promise.all(sessions.map((session) => client.run(session, ONE)))
          : [await once[how]()];
      for (const rows of results)
        same(
          rows.map((row) => client.values(row, ["x"])),
          [[1]],
          "rows",
        );
    },
    async run(ops) {
      if (how !== "sessions") {
        const ask = once[how];
        for (let i = 0; i < ops; i++) if ((await ask()).length !== 1) throw new Error("not one row");
        return ops;
      }
      let asked = 0;
      const work = async (session: Session): Promise<void> => {
        while (asked < ops) {
          asked++;
          if ((await client.run(session, ONE)).length !== 1) throw new Error("not one row");
        }
      };
      await Promise.all(sessions.map(work));
      return asked;
    },
  };
}

function writeJob<Row, Session>(client: Client<Row, Session>): Job {
  const session = client.session();
  const rows = writtenMaps().map((map) => client.parameter(map));
  return {
    // The server compares what it receives with what was meant.
    async check() {
      await client.run(session, "check-write", { rows });
    },
    async run(ops) {
      let written = 0;
      for (; written < ops; written += WRITTEN) await client.run(session, "write", { rows });
      return written;
    },
  };
}

function connectJob<Row, Session>(connect: () => Client<Row, Session>): Job {
  const visit = async (): Promise<void> => {
    const client = connect();
    const session = client.session();
    same(
      (await client.run(session, ONE)).map((row) => client.values(row, ["x"])),
      [[1]],
      "rows",
    );
    await client.closeSession(session);
    await client.close();
  };
  return {
    check: visit,
    async run(ops) {
      for (let i = 0; i < ops; i++) await visit();
      return ops;
    },
  };
}

/**
 * Reads a long result with `for await` three times and returns the peak of resident memory in the second and the third.
 * V8's young generation grows to its full size during the first stream, or at the beginning of the second.
 */
async function longStream<Row>(client: Client<Row>, rows: number): Promise<{ first: number; last: number }> {
  const step = Math.ceil(rows / 200);
  const peakOf = async (): Promise<number> => {
    let peak = 0;
    let count = 0;
    await client.iterate(queryText("ints", rows), () => {
      if (++count % step === 0) peak = Math.max(peak, process.memoryUsage.rss());
    });
    same(count, rows, "rows");
    return peak;
  };
  await peakOf();
  return { first: await peakOf(), last: await peakOf() };
}
