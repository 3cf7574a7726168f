// Every way of reading a result, and the requests that it sends to the server.
import { inspect } from "node:util";
import { Failure, type Pull } from "@bolt/protocol";
import { describe, expect, test } from "vitest";
import { driver } from "../src/driver.ts";
import { type DriverConfig, NotSingleError, ResultConsumedError, ServerFailure } from "../src/index.ts";
import type { Session } from "../src/session/session.ts";
import { settle } from "./fake-clock.ts";
import { type Engine, TestServer } from "./test-server.ts";

function connect(engine?: Engine, config: DriverConfig = {}): { server: TestServer; session: Session } {
  const server = new TestServer(engine ? { engine } : {});
  const db = driver("bolt://test", undefined, { dial: server.dial, ...config });
  return { server, session: db.session() };
}

const pulls = (server: TestServer): number[] =>
  server.log.filter((request): request is Pull => request.name === "PULL").map(({ n }) => n);

const numbers = (n: number): { i: number }[] => Array.from({ length: n }, (_, i) => ({ i }));

describe("awaiting a result", () => {
  test("gives rows as plain objects, keys and summary", async () => {
    const { session } = connect();
    const result = await session.run<{ i: number }>("RANGE 3");
    expect(result.records).toEqual(numbers(3));
    expect(Object.getPrototypeOf(result.records[0])).toBe(Object.prototype);
    expect(result.keys).toEqual(["i"]);
    expect(result.summary.type).toBe("r");
  });

  test("twice gives the same object", async () => {
    const { session } = connect();
    const result = session.run("RANGE 3");
    expect(await result).toBe(await result);
  });

  test("asks for all rows once it is known that all are wanted", async () => {
    const { server, session } = connect();
    const result = await session.run("RANGE 5000");
    expect(result.records).toHaveLength(5000);
    expect(pulls(server)).toEqual([1000, -1]);
  });

  test("rejects with the server's failure", async () => {
    const { session } = connect();
    const error = await session.run("NONSENSE").catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(ServerFailure);
    expect(error).toMatchObject({
      code: "Neo.ClientError.Statement.SyntaxError",
      retryable: false,
      query: "NONSENSE",
      server: "test:7687",
    });
  });

  test("rejects when the failure comes after rows", async () => {
    const lateFailure = new Failure("Neo.ClientError.Statement.ArithmeticError", "/ by zero");
    const { session } = connect(() => ({ fields: ["i"], rows: [[1], [2]], lateFailure }));
    await expect(session.run("x").then()).rejects.toMatchObject({ code: lateFailure.code });
  });

  test("after part of it was read gives the rest", async () => {
    const { session } = connect();
    const result = session.run("RANGE 4");
    const rows = result[Symbol.asyncIterator]();
    await rows.next();
    expect((await result).records).toEqual(numbers(4).slice(1));
  });

  test("has catch and finally", async () => {
    const { session } = connect();
    let done = 0;
    await session.run("RANGE 1").finally(() => done++);
    expect(await session.run("NONSENSE").catch(() => "caught")).toBe("caught");
    expect(done).toBe(1);
  });
});

describe("iterating a result", () => {
  test("streams with prefetching batches of the fetch size", async () => {
    const { server, session } = connect(undefined, { fetchSize: 10 });
    const rows: unknown[] = [];
    for await (const row of session.run("RANGE 35")) rows.push(row);
    expect(rows).toEqual(numbers(35));
    expect(pulls(server)).toEqual([10, 10, 10, 10]);
  });

  test("by default grows the batches while the reader waits for them", async () => {
    const server: TestServer = new TestServer({
      intercept: ({ name }, connection) => {
        if (name !== "PULL") return undefined;
        setImmediate(() => connection.release());
        return "hold";
      },
    });
    const session = driver("bolt://test", undefined, { dial: server.dial }).session();
    let count = 0;
    for await (const row of session.run("RANGE 60000")) count += row ? 1 : 0;
    expect(count).toBe(60_000);
    expect(pulls(server)).toEqual([1000, 1000, 2000, 4000, 8000, 16_000, 16_000, 16_000]);
  });

  test("asks for the next batch before the last one is used up", async () => {
    const { server, session } = connect(undefined, { fetchSize: 10 });
    const rows = session.run("RANGE 30")[Symbol.asyncIterator]();
    for (let i = 0; i < 4; i++) await rows.next();
    await settle();
    expect(pulls(server)).toEqual([10]);
    await rows.next();
    await rows.next();
    await settle();
    expect(pulls(server)).toEqual([10, 10]);
  });

  test("a server that reports more rows after all rows were asked for breaks the protocol", async () => {
    const server = new TestServer({
      intercept: ({ name }, { protocol }) => {
        if (name === "PULL") protocol.success({ hasMore: true });
        return name === "PULL";
      },
    });
    const session = driver("bolt://test", undefined, { dial: server.dial }).session();
    await expect(session.run("RANGE 4")).rejects.toMatchObject({
      code: "REMOTE_PROTOCOL_ERROR",
      server: "test:7687",
      message: expect.stringContaining("asked for all rows and says that there are more") as string,
    });
    expect(pulls(server)).toEqual([1000, -1]);
  });

  test("does not prefetch from a server that sends less than it was asked for", async () => {
    // One row each time, however many are asked for.
    let left = 4;
    const server = new TestServer({
      intercept: ({ name }, { protocol }) => {
        if (name !== "PULL") return false;
        protocol.record([4 - left--]);
        protocol.success({ hasMore: left > 0 });
        return true;
      },
    });
    const session = driver("bolt://test", undefined, { dial: server.dial }).session();
    const rows = session.run("RANGE 4")[Symbol.asyncIterator]();
    for (let taken = 1; taken <= 4; taken++) {
      expect((await rows.next()).value).toEqual({ i: taken - 1 });
      await settle();
      expect(pulls(server)).toHaveLength(taken);
    }
    expect((await rows.next()).done).toBe(true);
  });

  test("asks for no second batch while the result is not read", async () => {
    const { server, session } = connect(undefined, { fetchSize: 2 });
    const result = session.run("RANGE 10");
    await settle();
    const rows = result[Symbol.asyncIterator]();
    await rows.next();
    await rows.next();
    await settle();
    expect(pulls(server)).toEqual([2]);
  });

  test("discards the rest when the loop is left", async () => {
    const { server, session } = connect(undefined, { fetchSize: 2 });
    for await (const row of session.run("RANGE 10")) if (row) break;
    expect(server.work).toEqual(["RUN", "PULL", "DISCARD"]);
    expect((await session.run("RETURN 1 AS x")).records).toEqual([{ x: 1 }]);
    expect(server.connections).toHaveLength(1);
  });

  test("throws a failure that came with the discarded rows", async () => {
    const lateFailure = new Failure("Neo.ClientError.Schema.ConstraintValidationFailed", "no");
    const { session } = connect(() => ({ fields: ["i"], rows: [[1], [2], [3]], lateFailure }), {
      fetchSize: 1,
    });
    const leave = async (): Promise<void> => {
      for await (const row of session.run("x")) if (row) return;
    };
    await expect(leave()).rejects.toMatchObject({ code: lateFailure.code });
  });

  test("reports a failure to every reader, even one that comes after the discard", async () => {
    const lateFailure = new Failure("Neo.ClientError.Statement.ArithmeticError", "/ by zero");
    const { session } = connect(() => ({ fields: ["i"], rows: [[1], [2]], lateFailure }));
    const result = session.run("x");
    await expect(result.summary()).rejects.toBeInstanceOf(ServerFailure);
    await expect(result.then()).rejects.toBeInstanceOf(ServerFailure);
    await expect(result.forEach(() => {})).rejects.toBeInstanceOf(ServerFailure);
    await expect(result[Symbol.asyncIterator]().next()).rejects.toBeInstanceOf(ServerFailure);
  });

  test("gives the rows before a failure, then the failure", async () => {
    const lateFailure = new Failure("Neo.ClientError.Statement.ArithmeticError", "/ by zero");
    const { session } = connect(() => ({ fields: ["i"], rows: [[1], [2]], lateFailure }));
    const seen: unknown[] = [];
    const read = async (): Promise<void> => {
      for await (const row of session.run("x")) seen.push(row["i"]);
    };
    await expect(read()).rejects.toBeInstanceOf(ServerFailure);
    expect(seen).toEqual([1, 2]);
  });

  test("a second time throws", async () => {
    const { session } = connect();
    const result = session.run("RANGE 3");
    for await (const row of result) expect(row).toBeDefined();
    await expect(result[Symbol.asyncIterator]().next()).rejects.toBeInstanceOf(ResultConsumedError);
    const other = session.run("RANGE 3");
    await other;
    await expect(other[Symbol.asyncIterator]().next()).rejects.toMatchObject({ code: "RESULT_CONSUMED" });
    await expect(other.first()).rejects.toMatchObject({ code: "RESULT_CONSUMED" });
    const shared = session.run("RANGE 3");
    const poured = shared.forEach(() => {});
    await expect(shared.then()).rejects.toMatchObject({ code: "RESULT_CONSUMED" });
    expect((await poured).type).toBe("r");
  });

  test("serves calls of next() in their order", async () => {
    const { session } = connect(undefined, { fetchSize: 2 });
    const rows = session.run("RANGE 5")[Symbol.asyncIterator]();
    const results = await Promise.all(Array.from({ length: 7 }, () => rows.next()));
    expect(results.map(({ value }) => value as unknown)).toEqual([...numbers(5), undefined, undefined]);
  });

  test("yields nothing for a result without rows", async () => {
    const { session } = connect();
    for await (const row of session.run("CREATE ()")) expect.unreachable(String(row));
  });
});

describe("forEach", () => {
  test("calls the function for each row in order and resolves with the summary", async () => {
    const { session } = connect();
    const seen: unknown[] = [];
    const summary = await session.run("RANGE 2500").forEach((row) => seen.push(row));
    expect(seen).toEqual(numbers(2500));
    expect(summary.database).toBe("neo4j");
  });

  test("rejects with what the function throws, and discards the rest", async () => {
    const { session, server } = connect(undefined, { fetchSize: 2 });
    const seen: unknown[] = [];
    const reading = session.run("RANGE 10").forEach((row) => {
      seen.push(row["i"]);
      if (seen.length === 2) throw new RangeError("enough");
    });
    await expect(reading).rejects.toThrow(new RangeError("enough"));
    expect(seen).toEqual([0, 1]);
    expect(server.work).toEqual(["RUN", "PULL", "DISCARD"]);
  });

  test("rejects with the failure of the query", async () => {
    const { session } = connect();
    await expect(session.run("NONSENSE").forEach(() => {})).rejects.toBeInstanceOf(ServerFailure);
  });

  test("includes rows that have already arrived", async () => {
    const { session } = connect(undefined, { fetchSize: 2 });
    const result = session.run("RANGE 5");
    await result.peek();
    const seen: unknown[] = [];
    await result.forEach((row) => seen.push(row["i"]));
    expect(seen).toEqual([0, 1, 2, 3, 4]);
  });
});

describe("values", () => {
  test("gives rows as arrays, awaited or iterated", async () => {
    const engine: Engine = () => ({
      fields: ["a", "b"],
      rows: [
        [1, 2],
        [3, 4],
      ],
    });
    const { session } = connect(engine);
    expect(await session.run("x").values()).toEqual([
      [1, 2],
      [3, 4],
    ]);
    const seen: unknown[] = [];
    for await (const [a] of session.run("x").values()) seen.push(a);
    expect(seen).toEqual([1, 3]);
    const twice = session.run("x").values();
    expect(await twice).toBe(await twice);
  });

  test("also for rows that were received as objects", async () => {
    const { session } = connect();
    const result = session.run("RANGE 2");
    await result.peek();
    expect(await result.values()).toEqual([[0], [1]]);
  });
});

describe("keys of columns", () => {
  test("are known before the rows", async () => {
    const { session } = connect();
    expect(await session.run("RANGE 3").keys()).toEqual(["i"]);
  });

  test("reject when the query failed", async () => {
    const { session } = connect();
    await expect(session.run("NONSENSE").keys()).rejects.toBeInstanceOf(ServerFailure);
  });

  test("__proto__ is a column like any other", async () => {
    const { session } = connect(() => ({ fields: ["__proto__", "a"], rows: [[{ x: 1 }, 2]] }));
    const { records } = await session.run("x");
    expect(Object.keys(records[0]!)).toEqual(["__proto__", "a"]);
    expect(Object.getPrototypeOf(records[0])).toBe(Object.prototype);
    expect(Object.getOwnPropertyDescriptor(records[0], "__proto__")?.value).toEqual({ x: 1 });
  });

  test("that occur twice: the last value wins, values() has both", async () => {
    const engine: Engine = () => ({ fields: ["a", "a"], rows: [[1, 2]] });
    const { session } = connect(engine);
    expect((await session.run("x")).records).toEqual([{ a: 2 }]);
    const late = session.run("x");
    await late.peek();
    expect(await late.values()).toEqual([[1, 2]]);
  });

  test.each([0, 1, 16, 17, 28, 29, 64, 65, 200])("may be %i", async (width) => {
    const fields = Array.from({ length: width }, (_, i) => `c${i}`);
    const { session } = connect(() => ({ fields, rows: [fields, fields] }));
    const { records } = await session.run("x");
    const row = Object.fromEntries(fields.map((key) => [key, key]));
    expect(records).toEqual([row, row]);
    expect(Object.keys(records[1]!)).toEqual(fields);
    expect(Object.getPrototypeOf(records[1])).toBe(Object.prototype);
  });
});

describe("single, first, peek", () => {
  test("single gives the only row", async () => {
    const { session } = connect();
    expect(await session.run("RETURN 7 AS x").single()).toEqual({ x: 7 });
  });

  test.each([
    [0, 0],
    [2, 2],
    [5000, 2],
  ])("single refuses %i rows", async (count, rows) => {
    const { session, server } = connect();
    const error = await session
      .run(`RANGE ${count}`)
      .single()
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(NotSingleError);
    expect(error).toMatchObject({ code: "NOT_SINGLE", rows });
    expect((await session.run("RETURN 1 AS x")).records).toHaveLength(1);
    expect(server.connections).toHaveLength(1);
  });

  test("single with one row at a time", async () => {
    const { session, server } = connect(undefined, { fetchSize: 1 });
    await expect(session.run("RANGE 3").single()).rejects.toBeInstanceOf(NotSingleError);
    expect(server.work).toEqual(["RUN", "PULL", "PULL", "DISCARD"]);
  });

  test("first gives the first row and discards the others", async () => {
    const { session, server } = connect(undefined, { fetchSize: 2 });
    expect(await session.run("RANGE 10").first()).toEqual({ i: 0 });
    expect(server.work).toEqual(["RUN", "PULL", "DISCARD"]);
    expect(await session.run("RANGE 0").first()).toBeUndefined();
  });

  test("peek consumes nothing", async () => {
    const { session } = connect();
    const result = session.run("RANGE 2");
    expect(await result.peek()).toEqual({ i: 0 });
    expect(await result.peek()).toEqual({ i: 0 });
    expect((await result).records).toEqual(numbers(2));
    expect(await session.run("RANGE 0").peek()).toBeUndefined();
  });
});

describe("summary", () => {
  test("discards what was not read", async () => {
    const { session, server } = connect(undefined, { fetchSize: 2 });
    const summary = await session.run("RANGE 10").summary();
    expect(summary.database).toBe("neo4j");
    expect(server.work).toEqual(["RUN", "PULL", "DISCARD"]);
  });

  test("of an awaited result", async () => {
    const { session } = connect();
    const result = session.run("CREATE ()");
    await result;
    expect((await result.summary()).counters).toMatchObject({ nodesCreated: 1, containsUpdates: true });
  });

  test("is inspected with its content, without parameters", async () => {
    const { session } = connect();
    const shown = inspect(await session.run("CREATE ()", { secret: "hunter2" }).summary());
    expect(shown).toContain("nodesCreated: 1");
    expect(shown).toContain("query: 'CREATE ()'");
    expect(shown).not.toContain("hunter2");
  });

  test("makes a pending wait for the rows fail, rather than return only some", async () => {
    const { session } = connect();
    const result = session.run("RANGE 5000");
    const rows = expect(result.values().then()).rejects.toBeInstanceOf(ResultConsumedError);
    await result.summary();
    await rows;
  });

  test("discards the rows, so that nothing is left to read", async () => {
    const { session } = connect();
    const result = session.run("RANGE 3");
    await result.summary();
    await expect(result.then()).rejects.toBeInstanceOf(ResultConsumedError);
    await expect(result.values().then()).rejects.toBeInstanceOf(ResultConsumedError);
    await expect(result.forEach(() => {})).rejects.toBeInstanceOf(ResultConsumedError);
    await expect(result.single()).rejects.toBeInstanceOf(ResultConsumedError);
  });
});

describe("toReadableStream", () => {
  test("streams the rows", async () => {
    const { session } = connect(undefined, { fetchSize: 3 });
    const rows: unknown[] = [];
    for await (const row of session.run("RANGE 10").toReadableStream()) rows.push(row);
    expect(rows).toEqual(numbers(10));
  });

  test("discards when it is cancelled", async () => {
    const { session, server } = connect(undefined, { fetchSize: 3 });
    const reader = session.run("RANGE 10").toReadableStream().getReader();
    await reader.read();
    await reader.cancel();
    expect(server.work).toEqual(["RUN", "PULL", "DISCARD"]);
  });

  test("fails with the query", async () => {
    const { session } = connect();
    await expect(session.run("NONSENSE").toReadableStream().getReader().read()).rejects.toBeInstanceOf(
      ServerFailure,
    );
  });
});

describe("rows that the caller converts", () => {
  const schema = (check: (row: unknown) => unknown): never =>
    ({ "~standard": { version: 1, vendor: "test", validate: check } }) as never;

  test("by a function", async () => {
    const { session } = connect();
    const { records } = await session.run("RANGE 3", {}, { map: (row: { i: number }) => row.i * 2 });
    expect(records).toEqual([0, 2, 4]);
    const seen: unknown[] = [];
    await session.run("RANGE 3", {}, { map: (row) => row["i"] }).forEach((row) => seen.push(row));
    expect(seen).toEqual([0, 1, 2]);
  });

  test("by a schema, in every way of reading", async () => {
    const { session } = connect();
    const config = { schema: schema((row) => ({ value: (row as { i: number }).i + 0.5 })) };
    expect((await session.run("RANGE 2", {}, config)).records).toEqual([0.5, 1.5]);
    expect(await session.run("RANGE 1", {}, config).single()).toBe(0.5);
    const seen: unknown[] = [];
    for await (const row of session.run("RANGE 2", {}, config)) seen.push(row);
    expect(seen).toEqual([0.5, 1.5]);
  });

  test("by an asynchronous schema", async () => {
    const { session } = connect();
    const config = { schema: schema(async (row) => ({ value: (row as { i: number }).i + 0.5 })) };
    expect((await session.run("RANGE 2", {}, config)).records).toEqual([0.5, 1.5]);
    const seen: unknown[] = [];
    for await (const row of session.run("RANGE 2", {}, config)) seen.push(row);
    expect(seen).toEqual([0.5, 1.5]);
  });

  test.each([
    [
      "at once",
      () => {
        throw new RangeError("no");
      },
    ],
    ["later", () => Promise.reject(new RangeError("no"))],
  ])("a schema that throws %s ends the loop and the result", async (_when, check) => {
    const { server, session } = connect(undefined, { fetchSize: 2 });
    const config = { schema: schema(check) };
    const read = async (): Promise<void> => {
      for await (const row of session.run("RANGE 50", {}, config)) expect.unreachable(String(row));
    };
    await expect(read()).rejects.toBeInstanceOf(RangeError);
    await expect(session.run("RANGE 50", {}, config).first()).rejects.toBeInstanceOf(RangeError);
    const reader = session.run("RANGE 50", {}, config).toReadableStream().getReader();
    await expect(reader.read()).rejects.toBeInstanceOf(RangeError);
    await settle();
    expect(server.work).toEqual(Array.from({ length: 3 }, () => ["RUN", "PULL", "DISCARD"]).flat());
  });

  test("a row that does not fit is an error with its issues", async () => {
    const { session } = connect();
    const issues = [{ message: "is odd", path: ["i"] }];
    const config = { schema: schema((row) => ((row as { i: number }).i % 2 ? { issues } : { value: row })) };
    const error = await session.run("RANGE 2", {}, config).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ code: "ROW_INVALID", issues });
    expect((await session.run("RETURN 1 AS x")).records).toEqual([{ x: 1 }]);
  });
});

test("an iterator has no more rows after return()", async () => {
  const { session } = connect();
  const rows = session.run("RANGE 3")[Symbol.asyncIterator]();
  expect(await rows.next()).toEqual({ done: false, value: { i: 0 } });
  expect(await rows.return!()).toEqual({ done: true, value: undefined });
  expect(await rows.next()).toEqual({ done: true, value: undefined });
});
