// Every type in both directions: as a literal in the query, which the server evaluates, and as a parameter, which it
// gets from us and returns. Types that the version or the server lacks are reported, but are not failures.
import { isDeepStrictEqual } from "node:util";
import {
  Date as BoltDate,
  DateTime,
  DateTimeZoneId,
  Duration,
  Float,
  LocalDateTime,
  LocalTime,
  Point2D,
  Point3D,
  ServerFailure,
  Time,
  UUID,
  Vector,
} from "@bolt/client";
import { show } from "../print/show.ts";
import { type Stage, type Step, StepFailed } from "./stage.ts";

interface Sample {
  readonly name: string;
  readonly value: unknown;
  /** The same value in Cypher; undefined if there is no literal. */
  readonly cypher?: string;
  /** What is returned, if that is not the value itself. */
  readonly back?: unknown;
  /** The first version of Bolt that has the type. */
  readonly since?: readonly [major: number, minor: number];
  /** Not every engine has the type. */
  readonly optional?: boolean;
}

const TEMPORAL = [2, 0] as const;

const SAMPLES: readonly Sample[] = [
  { name: "null", value: null, cypher: "null" },
  { name: "boolean", value: true, cypher: "true" },
  { name: "integer", value: 42, cypher: "42" },
  { name: "64-bit integer", value: 9223372036854775807n, cypher: "9223372036854775807" },
  { name: "float", value: 2.5, cypher: "2.5" },
  { name: "whole float", value: new Float(1), back: 1, cypher: "1.0" },
  { name: "string", value: "Grüße, 世界 🌍", cypher: "'Grüße, 世界 🌍'" },
  { name: "list", value: [1, 2, 3], cypher: "[1, 2, 3]" },
  { name: "map", value: { name: "Ann", seen: [true, null] }, cypher: "{name: 'Ann', seen: [true, null]}" },
  // Bolt 1 servers before Neo4j 3.2 do not know bytes, and we cannot tell which server this is.
  { name: "bytes", value: Uint8Array.of(0, 1, 254, 255), since: TEMPORAL },
  { name: "date", value: BoltDate.parse("2024-02-29"), cypher: "date('2024-02-29')", since: TEMPORAL },
  {
    name: "time",
    value: Time.parse("12:34:56.789+02:00"),
    cypher: "time('12:34:56.789+02:00')",
    since: TEMPORAL,
  },
  {
    name: "local time",
    value: LocalTime.parse("12:34:56.789"),
    cypher: "localtime('12:34:56.789')",
    since: TEMPORAL,
  },
  {
    name: "date-time",
    value: DateTime.parse("2024-02-29T12:34:56.789+02:00"),
    cypher: "datetime('2024-02-29T12:34:56.789+02:00')",
    since: TEMPORAL,
  },
  {
    name: "local date-time",
    value: LocalDateTime.parse("2024-02-29T12:34:56.789"),
    cypher: "localdatetime('2024-02-29T12:34:56.789')",
    since: TEMPORAL,
  },
  {
    name: "date-time with zone",
    value: DateTimeZoneId.parse("2024-02-29T12:34:56.789+01:00[Europe/Stockholm]"),
    cypher: "datetime('2024-02-29T12:34:56.789[Europe/Stockholm]')",
    since: TEMPORAL,
    optional: true,
  },
  {
    name: "duration",
    value: Duration.parse("P1Y2M3DT4H5M6.789S"),
    cypher: "duration('P1Y2M3DT4H5M6.789S')",
    since: TEMPORAL,
  },
  {
    name: "point",
    value: new Point2D(7203, 1.5, -2),
    cypher: "point({x: 1.5, y: -2.0})",
    since: TEMPORAL,
    optional: true,
  },
  {
    name: "3D point",
    value: new Point3D(9157, 1.5, -2, 3),
    cypher: "point({x: 1.5, y: -2.0, z: 3.0})",
    since: TEMPORAL,
    optional: true,
  },
  { name: "vector", value: new Vector("float32", Float32Array.of(1, 2.5)), since: [6, 0], optional: true },
  { name: "UUID", value: UUID.parse("550e8400-e29b-41d4-a716-446655440000"), since: [6, 1], optional: true },
];

export const types: Step = {
  title: "Types in both directions",
  explanation:
    "Each value twice: as a literal in the query, which the server evaluates, and as a parameter, which the server " +
    "returns.",
  async run(stage) {
    const tooNew = SAMPLES.filter(({ since }) => since && !stage.speaks(...since));
    for (const sample of SAMPLES) if (!tooNew.includes(sample)) await thereAndBack(stage, sample);
    if (tooNew.length > 0) {
      const names = tooNew.map(({ name }) => name).join(", ");
      stage.remark(`not in Bolt ${stage.server.protocolVersion}: ${names}`);
    }
    await wholeFloat(stage);
  },
};

async function thereAndBack(
  stage: Stage,
  { name, value, back = value, cypher = "$value", optional }: Sample,
): Promise<void> {
  try {
    const row = await stage.session.run(`RETURN ${cypher} AS made, $value AS sent`, { value }).single();
    for (const way of ["made", "sent"]) {
      if (!isDeepStrictEqual(row[way], back)) {
        throw new StepFailed(
          `${name}, ${way === "made" ? cypher : "as a parameter"}: expected ${show(back)}, got ${show(row[way])}`,
        );
      }
    }
    stage.check(`${name.padEnd(20)} ${show(value)}`, true);
  } catch (error) {
    if (!optional || !(error instanceof ServerFailure)) throw error;
    stage.remark(`${name.padEnd(20)} not supported by this server`);
  }
}

/** 1.0 and 1 are the same number in JavaScript. Division shows whether the server got a float or an integer. */
async function wholeFloat(stage: Stage): Promise<void> {
  const { float, integer } = await stage.session
    .run("RETURN $float / 2 AS float, $integer / 2 AS integer", { float: new Float(1), integer: 1 })
    .single();
  stage.equal("1.0 / 2", float, 0.5);
  stage.equal("1 / 2", integer, 0);
}
