// @bolt/client under test.
import {
  auth,
  Date,
  DateTime,
  driver,
  Duration,
  Node,
  Path,
  type Result,
  type Session,
  UnboundRelationship,
} from "@bolt/client";
import { type Client, exposeClient } from "../clients/client.ts";
import { type Plain, Shape } from "../data/values.ts";

type Row = Record<string, unknown>;

function connect(port: number): Client<Row, Session> {
  const db = driver(`bolt://127.0.0.1:${port}`, auth.basic("neo4j", "secret"), { pool: { maxSize: 10_000 } });
  const open: Session = db.session();
  const stream = (query: string): Result<Row> => open.run<Row>(query);
  return {
    async forEach(query, row) {
      await stream(query).forEach(row);
    },
    async iterate(query, row) {
      for await (const each of stream(query)) row(each);
    },
    collect: async (query) => (await stream(query)).records,
    values(row, keys) {
      if (Object.getPrototypeOf(row) !== Object.prototype) throw new Error("a row is not a plain object");
      if (Object.keys(row).join() !== keys.join()) throw new Error(`keys ${Object.keys(row).join()}`);
      return keys.map((key) => plain(row[key]));
    },
    session: () => db.session(),
    run: async (session, query, parameters = {}) =>
      (await session.run<Row>(query, { ...parameters })).records,
    executeQuery: async (query, mode) => (await db.executeQuery<Row>(query, {}, { mode })).records,
    executeRead: (session, query) => session.executeRead(async (tx) => (await tx.run<Row>(query)).records),
    closeSession: (session) => session.close(),
    parameter: (value) => value,
    async hold(connections) {
      const sessions = Array.from({ length: connections }, () => db.session());
      const transactions = await Promise.all(sessions.map((session) => session.beginTransaction()));
      await Promise.all(transactions.map((tx) => tx.run("one 1")));
      await Promise.all(transactions.map((tx) => tx.rollback()));
      await Promise.all(sessions.map((session) => session.close()));
    },
    close: () => db.close(),
  };
}

function plain(value: unknown): unknown {
  if (value instanceof Node) {
    return new Shape(
      "Node",
      value.id as number,
      value.labels,
      plain(value.properties) as Plain,
      value.elementId,
    );
  }
  if (value instanceof Path) {
    return new Shape(
      "Path",
      value.nodes.map(plain) as Plain[],
      value.rels.map(plain) as Plain[],
      value.indices,
    );
  }
  if (value instanceof UnboundRelationship) {
    return new Shape(
      "UnboundRelationship",
      value.id as number,
      value.type,
      plain(value.properties) as Plain,
      value.elementId,
    );
  }
  if (value instanceof Date) return new Shape("Date", value.days);
  if (value instanceof DateTime) {
    return new Shape("DateTime", value.seconds as number, value.nanoseconds, value.tzOffsetSeconds);
  }
  if (value instanceof Duration) {
    const { months, days, seconds, nanoseconds } = value;
    return new Shape("Duration", months as number, days as number, seconds as number, nanoseconds);
  }
  return value;
}

exposeClient(connect);
