// From Bolt's values to the engine's. Its binding takes JavaScript values and marks the rest with a `$` key.
//
// One type needs help from the query text: a JavaScript number that is whole is an integer to the engine, so
// `$x` with the float 1.0 becomes `toFloat($x)`, and lists and maps are mapped in the same manner.
import {
  Date as BoltDate,
  DateTime,
  Duration,
  Failure,
  Float,
  LocalDateTime,
  LocalTime,
  Time,
} from "@bolt/server";
import { replaceParameters } from "./statement.ts";

type Parameters = Readonly<Record<string, unknown>>;

export interface Prepared {
  readonly query: string;
  readonly parameters: Record<string, unknown>;
  /** The name of a result column as the user's text would have it. */
  readonly columnName: (column: string) => string;
}

/** Throws Failure for a parameter that the engine cannot hold: points, named time zones, vectors, UUIDs. */
export function prepare(query: string, parameters: Parameters): Prepared {
  const casts = new Map<string, string>();
  for (const [name, value] of Object.entries(parameters)) {
    const expression = floatCast(reference(name), [value]);
    if (expression !== undefined) casts.set(name, expression);
  }
  return {
    query: casts.size === 0 ? query : replaceParameters(query, (name) => casts.get(name)),
    parameters: Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, toEngine(value)])),
    // The engine prints expressions anew for its columns, without backticks.
    columnName: (column) =>
      [...casts].reduce(
        (text, [name, cast]) => text.replaceAll(cast.replaceAll("`", ""), `$${name}`),
        column,
      ),
  };
}

const quoted = (key: string): string => `\`${key.replaceAll("`", "``")}\``;
const reference = (name: string): string => (/^\w+$/.test(name) ? `$${name}` : `$${quoted(name)}`);

function toEngine(value: unknown): unknown {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(toEngine);
  if (value instanceof Uint8Array) return value;
  if (value instanceof Float) return value.value;
  if (value instanceof BoltDate) return { $date: String(value) };
  if (value instanceof LocalTime) return { $time: String(value) };
  if (value instanceof Time && wholeMinutes(value)) return { $time: String(value) };
  if (value instanceof DateTime && wholeMinutes(value)) return { $zoned_datetime: String(value) };
  if (value instanceof LocalDateTime) return { $timestamp_us: microseconds(value) };
  if (value instanceof Duration && fits(value)) return { $duration: durationText(value) };
  if (Object.getPrototypeOf(value) === Object.prototype) {
    return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, toEngine(item)]));
  }
  throw new Failure(
    "Neo.ClientError.Statement.TypeError",
    `this engine cannot hold the ${value.constructor.name} ${String(value)}`,
  );
}

const wholeMinutes = ({ tzOffsetSeconds }: Time | DateTime): boolean => tzOffsetSeconds % 60 === 0;

/** The engine counts the time part of a duration in nanoseconds of 64 bits, not quite 300 years. */
const fits = ({ seconds }: Duration): boolean => seconds > -9_000_000_000 && seconds < 9_000_000_000;

/** The engine's local date-times count microseconds. */
function microseconds({ seconds, nanoseconds }: LocalDateTime): bigint {
  return BigInt(seconds) * 1_000_000n + BigInt(Math.floor(nanoseconds / 1000));
}

/** Adds the fraction to the seconds, whatever their sign, as the engine's own reader does. */
function durationText({ months, days, seconds, nanoseconds }: Duration): string {
  return `P${months}M${days}DT${seconds}.${String(nanoseconds).padStart(9, "0")}S`;
}

/**
 * The expression that turns the whole numbers at `path` back into the floats they were, undefined when there is
 * nothing to do. `values` are all values found at that path: one for a parameter, many for the items of a list.
 * Values that differ in shape are left alone, their whole floats arrive as integers.
 */
function floatCast(path: string, values: readonly unknown[], depth = 0): string | undefined {
  const given = values.filter((value) => value !== null);
  if (given.every((value) => typeof value === "number" || value instanceof Float)) {
    const whole = given.some((value) => value instanceof Float && Number.isInteger(value.value));
    const integers = given.some((value) => Number.isInteger(value));
    return whole && !integers ? `toFloat(${path})` : undefined;
  }
  if (given.every(Array.isArray)) {
    const item = `item${depth}`;
    const cast = floatCast(item, given.flat(1), depth + 1);
    return cast && `[${item} IN ${path} | ${cast}]`;
  }
  if (given.every(isMap)) return mapCast(path, given, depth);
  return undefined;
}

function mapCast(path: string, maps: readonly Parameters[], depth: number): string | undefined {
  const keys = Object.keys(maps[0]!);
  if (!maps.every((map) => Object.keys(map).length === keys.length && keys.every((key) => key in map)))
    return undefined;
  const casts = keys.map((key) => {
    const at = `${path}.${quoted(key)}`;
    return {
      key,
      at,
      cast: floatCast(
        at,
        maps.map((map) => map[key]),
        depth,
      ),
    };
  });
  if (casts.every(({ cast }) => cast === undefined)) return undefined;
  return `{${casts.map(({ key, at, cast }) => `${quoted(key)}: ${cast ?? at}`).join(", ")}}`;
}

const isMap = (value: unknown): value is Parameters =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
