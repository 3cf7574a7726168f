// A program that queries a database.
import {
  auth,
  type Dial,
  driver,
  type Driver,
  type DriverConfig,
  isRetryable,
  type Node,
  type QueryResult,
  type Result,
  ServerFailure,
  type StandardSchema,
  TimeoutError,
} from "@bolt/client";

interface Person {
  name: string;
  age: number;
}

/** Whether both types are assignable to each other and A is not `any`, which is assignable to everything. */
type Same<A, B> = 0 extends 1 & A ? false : [A, B] extends [B, A] ? true : false;
const same = <A, B>(_yes: Same<A, B>): void => {};

const streams: Dial = ({ host }, { signal }) => {
  if (signal.aborted) throw new Error(host);
  const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
  return { readable, writable };
};
const config: DriverConfig = {
  pool: { maxSize: 5, trackHolders: true },
  timeouts: { acquireMs: 1000 },
  integers: "bigint",
  retry: { maxTimeMs: 0, retryable: (error) => error instanceof TimeoutError || undefined },
  logger: console,
  dial: streams,
  versions: ["5.8-5.0"],
};

export async function main(schema: StandardSchema<unknown, Person>): Promise<void> {
  await using db: Driver = driver("neo4j://localhost", auth.basic("neo4j", "secret"), config);
  const { records, summary } = await db.executeQuery<Person>("MATCH (p) RETURN p.name AS name", { age: 40 });
  same<typeof records, Person[]>(true);
  summary.counters.nodesCreated satisfies number;

  await using session = db.session({ database: "neo4j", mode: "read" });
  for await (const row of session.run<{ n: Node }>("MATCH (n) RETURN n"))
    row.n.labels satisfies readonly string[];
  for await (const row of session.run("RETURN 1 AS one")) row["one"] satisfies unknown;
  const one = session.run(
    "RETURN 1 AS one",
    {},
    { map: (row) => Object.keys(row), signal: AbortSignal.timeout(5) },
  );
  same<typeof one, Result<string[]>>(true);
  const checked = await session.run("MATCH …", {}, { schema });
  same<typeof checked, QueryResult<Person>>(true);
  const [a, b] = session.pipeline<[Person, { y: number }]>([["RETURN 1"], ["RETURN $y AS y", { y: 2 }]]);
  ((await a.single()).age + (await b.single()).y) satisfies number;

  const name = await session.executeWrite(async (tx) => (await tx.run<Person>("MATCH …").single()).name);
  same<typeof name, string>(true);
  await using tx = await session.beginTransaction({ timeoutMs: 5000, metadata: { job: 7 } });
  for await (const values of tx.run("RETURN 1").values()) values satisfies unknown[];
  await tx.run("RETURN 1").toReadableStream().cancel();
  await tx.commit();

  // @ts-expect-error an option that does not exist
  driver("bolt://h", undefined, { poolsize: 5 });
  // @ts-expect-error rows have only the fields of the type argument
  records[0]?.height satisfies unknown;
}

export function advice(error: unknown): string {
  if (error instanceof ServerFailure) return `${error.code} ${error.gqlStatus} ${error.query ?? ""}`;
  return isRetryable(error) ? "again" : "give up";
}

/** Optional settings can be passed on even if they are undefined. */
export async function handOn(db: Driver, signal?: AbortSignal, limit?: number): Promise<void> {
  await db.executeQuery("RETURN 1", {}, { signal, timeoutMs: limit, database: undefined });
  driver("bolt://h", undefined, { fetchSize: limit, pool: { maxSize: limit }, timeouts: undefined });
}
