// The official driver under test, with numbers for integers, like ours; its own Integer objects, the default, cost it a
// little more.
import neo4j, { type Driver, type Record as Neo4jRecord, type Session } from "neo4j-driver";
import { type Client, exposeClient } from "../clients/client.ts";
import { type Plain, Shape } from "../data/values.ts";

function connect(port: number): Client<Neo4jRecord, Session> {
  const db: Driver = neo4j.driver(`bolt://127.0.0.1:${port}`, neo4j.auth.basic("neo4j", "secret"), {
    disableLosslessIntegers: true,
    maxConnectionPoolSize: 10_000,
    telemetryDisabled: true,
  });
  const open = db.session();
  return {
    forEach: (query, row) =>
      new Promise((resolve, reject) => {
        open.run(query).subscribe({ onNext: row, onCompleted: () => resolve(), onError: reject });
      }),
    async iterate(query, row) {
      for await (const each of open.run(query)) row(each);
    },
    collect: async (query) => (await open.run(query)).records,
    values(row, keys) {
      if (row.keys.join() !== keys.join()) throw new Error(`keys ${row.keys.join()}`);
      return keys.map((key) => plain(row.get(key)));
    },
    session: () => db.session(),
    run: async (session, query, parameters = {}) => (await session.run(query, parameters)).records,
    executeQuery: async (query, mode) =>
      (await db.executeQuery(query, {}, { routing: mode === "read" ? "READ" : "WRITE" })).records,
    executeRead: (session, query) => session.executeRead(async (tx) => (await tx.run(query)).records),
    closeSession: (session) => session.close(),
    parameter,
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

/** This driver sends numbers as floats, unless they are marked as integers. */
function parameter(value: Plain): unknown {
  if (typeof value === "number") return Number.isInteger(value) ? neo4j.int(value) : value;
  if (Array.isArray(value)) return (value as Plain[]).map(parameter);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, parameter(entry as Plain)]));
}

function plain(value: unknown): unknown {
  // Integers are numbers here (disableLosslessIntegers), but the type guards below narrow them to Integer.
  const given = value;
  // The driver returns bytes as Int8Array.
  if (value instanceof Int8Array) return new Uint8Array(value.buffer, value.byteOffset, value.length);
  if (neo4j.isNode(value)) {
    const { identity, labels, properties, elementId } = given as {
      identity: number;
      labels: string[];
      properties: Plain;
      elementId: string;
    };
    return new Shape("Node", identity, labels, properties, elementId);
  }
  if (neo4j.isPath(value)) return path(value as never);
  if (neo4j.isDate(value)) {
    const { year, month, day } = given as { year: number; month: number; day: number };
    return new Shape("Date", Date.UTC(year, month - 1, day) / 86_400_000);
  }
  if (neo4j.isDateTime(value)) {
    const { year, month, day, hour, minute, second, nanosecond, timeZoneOffsetSeconds } = given as Record<
      string,
      number
    >;
    const wall = Date.UTC(year!, month! - 1, day, hour, minute, second) / 1000;
    return new Shape("DateTime", wall - timeZoneOffsetSeconds!, nanosecond!, timeZoneOffsetSeconds!);
  }
  if (neo4j.isDuration(value)) {
    const { months, days, seconds, nanoseconds } = given as Record<string, number>;
    return new Shape("Duration", months!, days!, seconds!, nanoseconds!);
  }
  return value;
}

interface Segment {
  readonly start: { readonly elementId: string };
  readonly end: unknown;
  readonly relationship: {
    readonly identity: number;
    readonly type: string;
    readonly properties: Plain;
    readonly elementId: string;
    readonly startNodeElementId: string;
  };
}

/** This driver's paths contain complete relationships, whose directions give the indices on the wire. */
function path({ start, segments }: { start: unknown; segments: Segment[] }): Shape {
  const nodes = [start, ...segments.map((segment) => segment.end)].map(plain) as Plain[];
  const rels = segments.map(
    ({ relationship: { identity, type, properties, elementId } }) =>
      new Shape("UnboundRelationship", identity, type, properties, elementId),
  );
  const indices = segments.flatMap((segment, i) => {
    const forward = segment.relationship.startNodeElementId === segment.start.elementId;
    return [forward ? i + 1 : -(i + 1), i + 1];
  });
  return new Shape("Path", nodes, rels, indices);
}

exposeClient(connect);
