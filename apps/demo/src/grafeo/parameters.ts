// Converts Bolt's values to the engine's. Its binding takes JavaScript values; other types are objects with a `$` key.
//
// One type needs help from the query text: the engine takes a whole JavaScript number for an integer, so `$x` with the
// float 1.0 becomes `toFloat($x)`, and lists and maps are treated in the same way.
import {
  Date as BoltDate,
  DateTime,
  Duration,
  failure,
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
  /** The name of a result column according to the user's text. */
  readonly columnName: (column: string) => string;
}

/**
 * Throws Failure for a parameter that the engine cannot hold unchanged: points, named time zones, vectors, UUIDs,
 * date-times with nanoseconds.
 */
export function prepare(query: string, parameters: Parameters): Prepared {
  const casts = new Map<string, string>();
  for (const [name, value] of Object.entries(parameters)) {
    const path = reference(name);
    const expression = castOf(path, value, 0);
    if (expression !== path) casts.set(name, expression);
  }
  return {
    query: casts.size === 0 ? query : replaceParameters(query, (name) => casts.get(name)),
    parameters: Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, toEngine(value)])),
    // The engine names columns by printing their expressions again, without backticks.
    columnName: (column) =>
      [...casts]
        .reduce((text, [name, cast]) => text.replaceAll(cast.replaceAll("`", ""), `$${name}`), column)
        .replace(PROJECTION, "$1"),
  };
}

/** `n{.name}`, a column that Neo4j calls `n`. */
const PROJECTION = /^(\w+)\{(?:[^{}]|\{[^{}]*\})*\}$/;

const quoted = (key: string): string => `\`${key.replaceAll("`", "``")}\``;
const reference = (name: string): string => (/^\w+$/.test(name) ? `$${name}` : `$${quoted(name)}`);

function toEngine(value: unknown): unknown {
  if (value === null || typeof value !== "object") return value;
  if (Array.isArray(value)) return value.map(toEngine);
  if (value instanceof Uint8Array) return value;
  // As text, because the engine has no integer -0; toFloat() parses it.
  if (value instanceof Float) return Object.is(value.value, -0) ? "-0.0" : value.value;
  if (Object.getPrototypeOf(value) === Object.prototype) return map(value as Parameters);
  return temporal(value) ?? refuse(value, "it has no such type");
}

/** The engine would take a map with a single `$` key for one of its other types. */
function map(value: Parameters): Parameters {
  const entries = Object.entries(value);
  const [only] = entries;
  if (entries.length === 1 && only?.[0].startsWith("$"))
    refuse(`map with the only key ${only[0]}`, "it uses such keys to mark types");
  return Object.fromEntries(entries.map(([key, item]) => [key, toEngine(item)]));
}

function temporal(value: object): Parameters | undefined {
  if (value instanceof BoltDate) {
    if (!within(value.days, 31)) refuse(value, "its dates count days in 32 bits");
    return { $date: String(value) };
  }
  if (value instanceof LocalTime) return { $time: String(value) };
  if (value instanceof Time) return { $time: String(inWholeMinutes(value)) };
  if (value instanceof DateTime) {
    microseconds(inWholeMinutes(value), 63);
    return { $zoned_datetime: String(value) };
  }
  // The binding returns them as JavaScript dates, which limit the range.
  if (value instanceof LocalDateTime) return { $timestamp_us: microseconds(value, 62) };
  if (value instanceof Duration) {
    if (!within(value.seconds, 33)) refuse(value, "its durations count nanoseconds in 64 bits");
    return { $duration: durationText(value) };
  }
  return undefined;
}

/** Nothing is rounded or truncated on its way in: values that the engine cannot hold are refused. */
function refuse(value: unknown, reason: string): never {
  const what = typeof value === "string" ? value : `${(value as object).constructor.name} ${String(value)}`;
  throw failure("typeError", `This engine cannot hold the ${what}: ${reason}.`);
}

/** Whether the integer fits into `bits` bits and a sign bit. */
function within(value: number | bigint, bits: number): boolean {
  const bound = 2n ** BigInt(bits);
  return BigInt(value) >= -bound && BigInt(value) < bound;
}

function inWholeMinutes<T extends Time | DateTime>(value: T): T {
  return value.tzOffsetSeconds % 60 === 0 ? value : refuse(value, "its offsets are whole minutes");
}

function microseconds(value: LocalDateTime | DateTime, bits: number): bigint {
  const { seconds, nanoseconds } = value;
  if (nanoseconds % 1000 !== 0) refuse(value, "its date-times count microseconds");
  const count = BigInt(seconds) * 1_000_000n + BigInt(nanoseconds / 1000);
  return within(count, bits) ? count : refuse(value, "its date-times do not reach so far");
}

/** The fraction is added to the seconds, whatever their sign, because the engine's parser does so. */
function durationText({ months, days, seconds, nanoseconds }: Duration): string {
  return `P${months}M${days}DT${seconds}.${String(nanoseconds).padStart(9, "0")}S`;
}

/** How many values a list may have that is written out value by value. */
const MAX_WRITTEN_OUT = 1000;

/** Values at one path that need different expressions. */
const MIXED = Symbol("mixed");

/**
 * The expression that turns the whole numbers at `path` back into the floats that they were; undefined if there is
 * nothing to do. `values` are all values at that path: one for a parameter, many for the items of a list.
 */
function floatCast(path: string, values: readonly unknown[], depth = 0): string | typeof MIXED | undefined {
  const given = values.filter((value) => value !== null);
  if (!given.some(hasWholeFloat)) return undefined;
  if (given.every(isFloat)) return `toFloat(${path})`;
  if (given.every(Array.isArray)) return listCast(path, given, depth);
  if (given.every(isMap)) return mapCast(path, given, depth);
  return MIXED;
}

function listCast(path: string, lists: readonly unknown[][], depth: number): string | typeof MIXED {
  const item = `item${depth}`;
  const cast = floatCast(item, lists.flat(1), depth + 1);
  if (typeof cast === "string") return `[${item} IN ${path} | ${cast}]`;
  const [list] = lists;
  if (lists.length > 1 || !list) return MIXED;
  // A single list whose items differ is written out item by item.
  if (list.length > MAX_WRITTEN_OUT) {
    const reason = "it keeps whole floats among other values only in lists of up to";
    refuse(`list of ${list.length} values`, `${reason} ${MAX_WRITTEN_OUT}`);
  }
  const items = list.map((value, at) => castOf(`${path}[${at}]`, value, depth));
  return `[${items.join(", ")}]`;
}

function mapCast(path: string, maps: readonly Parameters[], depth: number): string | typeof MIXED {
  const keys = Object.keys(maps[0]!);
  if (!maps.every((map) => Object.keys(map).length === keys.length && keys.every((key) => key in map)))
    return MIXED;
  const entries: string[] = [];
  for (const key of keys) {
    const at = `${path}.${quoted(key)}`;
    const cast = floatCast(
      at,
      maps.map((map) => map[key]),
      depth,
    );
    if (cast === MIXED) return MIXED;
    entries.push(`${quoted(key)}: ${cast ?? at}`);
  }
  return `{${entries.join(", ")}}`;
}

/** The expression for a single value, which cannot be `MIXED` with others. */
function castOf(path: string, value: unknown, depth: number): string {
  const cast = floatCast(path, [value], depth);
  return typeof cast === "string" ? cast : path;
}

const isFloat = (value: unknown): boolean =>
  value instanceof Float || (typeof value === "number" && !Number.isInteger(value));

/** A float that the engine would take for an integer, or something with one in it. */
function hasWholeFloat(value: unknown): boolean {
  if (value instanceof Float) return Number.isInteger(value.value);
  if (Array.isArray(value)) return value.some(hasWholeFloat);
  return isMap(value) && Object.values(value).some(hasWholeFloat);
}

const isMap = (value: unknown): value is Parameters =>
  typeof value === "object" && value !== null && Object.getPrototypeOf(value) === Object.prototype;
