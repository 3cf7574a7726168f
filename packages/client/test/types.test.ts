// The types that users see. `pnpm typecheck` checks the assertions; here they only run.
import { expect, expectTypeOf, test } from "vitest";
import {
  AbortError,
  type AnyDriverError,
  type AnyRow,
  auth,
  BoltError,
  ClosedError,
  CommitUnknownError,
  ConfigError,
  ConnectionLostError,
  driver,
  type Driver,
  type DriverConfig,
  DriverError,
  IgnoredError,
  type ManagedTransaction,
  NotSingleError,
  type PipelineQuery,
  type QueryResult,
  type Result,
  ResultConsumedError,
  type Rows,
  RowInvalidError,
  ServerFailure,
  type ServerInfo,
  ServerRefusedError,
  ServiceUnavailableError,
  type Session,
  type StandardSchema,
  type Summary,
  TimeoutError,
  TlsError,
  type Transaction,
  TransactionEndedError,
  UnsupportedError,
  UsageError,
  type VerifyServer,
} from "../src/index.ts";

interface Person {
  name: string;
  age: number;
}

declare const db: Driver;
declare const session: Session;
declare const tx: Transaction;
declare const schema: StandardSchema<Person>;

const unused = (_check: () => unknown): void => {};

test("rows have the type named by the caller", () => {
  unused(async () => {
    expectTypeOf(session.run("q")).toEqualTypeOf<Result>();
    expectTypeOf(session.run<Person>("q")).toEqualTypeOf<Result<Person>>();
    expectTypeOf(await session.run<Person>("q")).toEqualTypeOf<QueryResult<Person>>();
    expectTypeOf(await session.run<Person>("q").single()).toEqualTypeOf<Person>();
    expectTypeOf(await session.run<Person>("q").first()).toEqualTypeOf<Person | undefined>();
    expectTypeOf(await session.run<Person>("q").values()).toEqualTypeOf<unknown[][]>();
    expectTypeOf(await session.run<Person>("q").forEach(({ age }) => age)).toEqualTypeOf<Summary>();
    for await (const row of session.run<Person>("q")) expectTypeOf(row).toEqualTypeOf<Person>();
    expectTypeOf(await db.executeQuery<Person>("q")).toEqualTypeOf<QueryResult<Person>>();
    expectTypeOf(tx.run<Person>("q").toReadableStream()).toEqualTypeOf<ReadableStream<Person>>();
  });
});

test("a schema or a function determines the row's type", () => {
  unused(async () => {
    expectTypeOf(session.run("q", {}, { schema })).toEqualTypeOf<Result<Person>>();
    expectTypeOf(session.run("q", {}, { map: (row) => Object.keys(row).length })).toEqualTypeOf<
      Result<number>
    >();
    expectTypeOf(await db.executeQuery("q", {}, { schema })).toEqualTypeOf<QueryResult<Person>>();
    const one = db.executeQuery("q", {}, { transform: (result: Result<Person>) => result.single() });
    expectTypeOf(await one).toEqualTypeOf<Person>();
  });
});

test("an option may be undefined, as the result of a condition", () => {
  const verbose = false as boolean;
  unused(() => {
    const config: DriverConfig = {
      logger: { debug: verbose ? console.debug : undefined },
      retry: { retryable: verbose ? () => true : undefined },
      tls: { clientCertificate: { cert: "", key: "", passphrase: verbose ? "" : undefined } },
    };
    const map = verbose ? (row: AnyRow): number => Object.keys(row).length : undefined;
    return [config, session.run("q", {}, { map }), db.executeQuery("q", {}, { map, signal: undefined })];
  });
});

test("managed work has the type that it resolves with", () => {
  unused(async () => {
    expectTypeOf(await session.executeRead(() => 5)).toEqualTypeOf<number>();
    const whole = session.executeWrite((work: ManagedTransaction) => work.run<Person>("q"));
    expectTypeOf(await whole).toEqualTypeOf<QueryResult<Person>>();
  });
});

test("parameters may have an interface as their type, as rows may", () => {
  unused(() => {
    const ann: Person = { name: "Ann", age: 41 };
    void session.run("q", ann);
    void tx.run("q", ann);
    void db.executeQuery("q", ann);
    session.pipeline([["q", ann]]);
    // @ts-expect-error parameters are an object, not a single value
    session.run("q", "Ann");
  });
});

test("a pipeline has a type for each result", () => {
  unused(() => {
    const results = session.pipeline<[Person, { x: number }]>([["a"], ["b", { y: 1 }]]);
    expectTypeOf(results).toEqualTypeOf<[Result<Person>, Result<{ x: number }>]>();
    // @ts-expect-error -- one query for each row type
    session.pipeline<[Person, { x: number }]>([["a"]]);
    expectTypeOf(session.pipeline([["a"], ["b", { y: 1 }]])).toEqualTypeOf<readonly [Result, Result]>();
    const many: PipelineQuery[] = [];
    expectTypeOf(session.pipeline(many)).toEqualTypeOf<Result[]>();
  });
});

test("each way of reading a result has the type of its rows", () => {
  unused(async () => {
    const result = session.run<Person>("q");
    expectTypeOf(await result.peek()).toEqualTypeOf<Person | undefined>();
    expectTypeOf(await result.keys()).toEqualTypeOf<readonly string[]>();
    expectTypeOf(await result.summary()).toEqualTypeOf<Summary>();
    expectTypeOf(result.values()).toEqualTypeOf<Rows<unknown[]>>();
    expectTypeOf(result.catch(() => 5)).toEqualTypeOf<Promise<QueryResult<Person> | number>>();
    expectTypeOf((await session.run("q")).records[0]).toEqualTypeOf<AnyRow | undefined>();
    expectTypeOf((await session.run("q").single())["x"]).toBeAny();
    for await (const row of session.run("q")) void row["n"].labels;
    for await (const row of result.values()) expectTypeOf(row).toEqualTypeOf<unknown[]>();
    // @ts-expect-error a column that the caller did not name
    void (await result.single()).salary;
    // @ts-expect-error rows are objects, not their values
    session.run<Person>("q", {}, { map: (row) => Number(row["age"]) });
  });
});

test("configuration is checked, option by option", () => {
  unused(() => {
    expectTypeOf<DriverConfig["integers"]>().toEqualTypeOf<"auto" | "bigint" | "number" | undefined>();
    expectTypeOf<DriverConfig["verifyServer"]>().toEqualTypeOf<VerifyServer | undefined>();
    expectTypeOf<Parameters<VerifyServer>>().toEqualTypeOf<[server: ServerInfo]>();
    driver("bolt://h", auth.basic("a", "b"), {
      pool: { maxSize: 5 },
      tls: { trust: "any" },
      versions: "5.4",
    });
    // Undefined counts as absent.
    driver("bolt://h", undefined, { fetchSize: undefined, tls: undefined, verifyServer: undefined });
    driver("bolt://h", async () => auth.bearer("t"), { verifyServer: async ({ agent }) => agent !== "" });
    // @ts-expect-error a URI is a string
    driver(new URL("bolt://h"));
    // @ts-expect-error a login is not a string
    driver("bolt://h", "neo4j:secret");
    // @ts-expect-error an option that does not exist
    driver("bolt://h", undefined, { fetchsize: 5 });
    // @ts-expect-error an option that does not exist in a group
    driver("bolt://h", undefined, { pool: { size: 5 } });
    // @ts-expect-error a group is an object
    driver("bolt://h", undefined, { timeouts: 5000 });
    // @ts-expect-error milliseconds are a number
    driver("bolt://h", undefined, { timeouts: { connectMs: "5s" } });
    // @ts-expect-error a word that does not exist
    driver("bolt://h", undefined, { integers: "Integer" });
    // @ts-expect-error a trust that does not exist
    driver("bolt://h", undefined, { tls: { trust: "system-and-custom" } });
    // @ts-expect-error a delay is a number
    driver("bolt://h", undefined, { retry: { delay: (attempt: number) => `${attempt}s` } });
    // @ts-expect-error a verdict is true or false
    driver("bolt://h", undefined, { verifyServer: ({ agent }) => agent });
    // Undefined counts as absent, so that an optional setting can be passed on.
    driver("bolt://h", undefined, { fetchSize: undefined });
    // @ts-expect-error a mode that does not exist
    db.session({ mode: "w" });
    // @ts-expect-error bookmarks are strings
    db.session({ bookmarks: [5] });
    // @ts-expect-error a timeout is a number
    session.run("q", {}, { timeoutMs: "5s" });
    // @ts-expect-error parameters have names
    session.run("q", 5);
    // @ts-expect-error a query inside a transaction has no own timeout
    tx.run("q", {}, { timeoutMs: 5 });
    // @ts-expect-error the driver ends managed transactions
    void session.executeRead((work) => work.commit());
  });
});

test("errors can be told apart by class", () => {
  unused(() => {
    const error: unknown = undefined;
    if (error instanceof ServerFailure) {
      expectTypeOf(error.code).toEqualTypeOf<string>();
      expectTypeOf(error.gqlStatus).toEqualTypeOf<string>();
      expectTypeOf(error.retryable).toEqualTypeOf<boolean>();
    } else if (error instanceof TimeoutError) {
      expectTypeOf(error.code).toEqualTypeOf<"TIMEOUT">();
      expectTypeOf(error.afterMs).toEqualTypeOf<number>();
    } else if (error instanceof ServerRefusedError) {
      expectTypeOf(error.agent).toEqualTypeOf<string>();
    } else if (error instanceof DriverError) {
      expectTypeOf(error.server).toEqualTypeOf<string | undefined>();
      // @ts-expect-error not every error has a limit
      void error.afterMs;
    } else if (error instanceof BoltError) {
      expectTypeOf(error.code).toEqualTypeOf<string>();
    }
  });
});

test("errors of the driver can be told apart by code", () => {
  unused(() => {
    const error = undefined as unknown as AnyDriverError;
    switch (error.code) {
      case "TIMEOUT":
        return expectTypeOf(error).toEqualTypeOf<TimeoutError>();
      case "CLOSED":
        return expectTypeOf(error.what).toEqualTypeOf<"driver" | "session">();
      case "NOT_SINGLE":
        return expectTypeOf(error.rows).toEqualTypeOf<0 | 2>();
      case "TLS_ERROR":
        return expectTypeOf(error).toEqualTypeOf<TlsError>();
      // @ts-expect-error a code that does not exist
      case "TIMED_OUT":
        return undefined;
      default:
        return expectTypeOf(error.retryable).toEqualTypeOf<boolean>();
    }
  });
});

test("every class has the code that its type says", () => {
  const made: AnyDriverError[] = [
    new AbortError(""),
    new ClosedError("driver", ""),
    new CommitUnknownError(""),
    new ConfigError(""),
    new ConnectionLostError(""),
    new IgnoredError(""),
    new NotSingleError(0),
    new ResultConsumedError(""),
    new RowInvalidError("", []),
    new ServerRefusedError("", { agent: "", version: "" }),
    new ServiceUnavailableError(""),
    new TimeoutError("", { afterMs: 1 }),
    new TlsError(""),
    new TransactionEndedError("failed", ""),
    new UnsupportedError("", { version: "" }),
    new UsageError(""),
  ];
  const codeOf = (name: string): string =>
    ({ AbortError: "ABORTED", TlsError: "TLS_ERROR" })[name] ??
    name
      .replace(/Error$/, "")
      .replaceAll(/(?<!^)[A-Z]/g, "_$&")
      .toUpperCase();
  for (const { name, code } of made) {
    expect([codeOf(name), `${codeOf(name)}_ERROR`], name).toContain(code);
  }
  expect(new Set(made.map(({ code }) => code)).size).toBe(made.length);
});
