// Tables for the codec: how each tag is read and how each class is written, by version and role. Knows the two roles
// and what each does with structures that do not fit; the structures themselves are listed in definitions.ts.
// Reading is a hot path: fields go from the unpacker to a constructor without a list in between.
import {
  type BoltVersion,
  PackError,
  Structure,
  type StructureReader,
  type StructureReaders,
  type StructureWriter,
  UnpackError,
} from "@bolt/framing";
import { DateTime } from "./date-time.ts";
import { type Definition, definitions, has } from "./definitions.ts";
import { Node, Path, UnboundRelationship } from "./graph.ts";
import { IsoValue } from "./iso.ts";
import { fromTemporal, temporalClasses } from "./temporal-interop.ts";

/** Whose tables these are, and which form of date-times they use. */
export interface StructureOptions {
  /** Whether the UTC patch was granted; matters on 4.3 and 4.4 only. */
  readonly utc: boolean;
  /** Who reads and writes with the table. */
  readonly role: "client" | "server";
}

/** The user's own readers, by tag. See {@link structureReaders}. */
export type ReaderOverrides = Readonly<Record<number, StructureReader>>;

/** The user's own writers, by constructor; a subclass uses the writer of its base class. */
export type WriterOverrides = ReadonlyMap<Function, StructureWriter>;

type Writers = ReadonlyMap<Function, StructureWriter>;

interface Tables {
  /** Whether date-times are in UTC: part of the protocol from 5.0 on, and unknown before 4.3. */
  readonly patched: boolean;
  readonly readers: StructureReaders;
  readonly writers: Writers;
}

const made = new Map<string, Tables>();

/** The tables without overrides, made once for each kind of connection. */
function tablesOf(version: BoltVersion, { utc, role }: StructureOptions): Tables {
  const patched = version.atLeast(5) || (utc && version.atLeast(4, 3));
  const kind = `${version} ${patched} ${role}`;
  const tables = made.get(kind) ?? {
    patched,
    readers: readersOf(version, patched, role),
    writers: writersOf(version, patched, role),
  };
  made.set(kind, tables);
  return tables;
}

/**
 * Readers by tag. A structure of another version, or of the other form of date-times, throws UnpackError with reason
 * `"structure"`. For a tag that no version has, or fields that do not fit, a client keeps the raw Structure, since one
 * bad value is not worth the connection; a server throws UnpackError, also for structures that only servers send.
 *
 * An override replaces the reader of its tag, or adds one for a tag that no version has. It does not add a
 * structure to a version that lacks it, so one set serves both forms of date-times. A Path stays a raw Structure
 * unless its nodes and relationships are instances of our classes. Without overrides the table is made once and shared.
 */
export function structureReaders(
  version: BoltVersion,
  options: StructureOptions & { readonly overrides?: ReaderOverrides | undefined },
): StructureReaders {
  const { patched, readers } = tablesOf(version, options);
  if (!options.overrides) return readers;
  const table = [...readers];
  for (const [digits, override] of Object.entries(options.overrides)) {
    const tag = Number(digits);
    const forms = definitions().filter((definition) => definition.tag === tag);
    if (!forms.length || forms.some((form) => has(form, version, patched))) table[tag] = override;
  }
  return table;
}

function readersOf(version: BoltVersion, utc: boolean, role: string): StructureReaders {
  const unknown: StructureReader = (unpacker, size, tag) => {
    const known = definitions().find((definition) => definition.tag === tag);
    const patch = known?.utc !== undefined && version.major === 4 ? ` with${utc ? "" : "out"} UTC patch` : "";
    const what = `structure 0x${tag.toString(16)}${known ? ` (${known.name})` : ""}`;
    throw misplaced(`Bolt ${version}${patch} has no ${what}`, size, unpacker.position - 2);
  };
  const table = new Array<StructureReader | undefined>(256).fill(role === "server" ? unknown : undefined);
  for (const definition of definitions()) {
    const { tag, make } = definition;
    if (has(definition, version, utc)) table[tag] = pathAware(definition, role, make);
    else table[tag] ??= unknown;
  }
  return table;
}

// A Path is being read: its nodes and relationships stay ours, since a Path holds nothing else. Reading is synchronous,
// so one variable serves all connections.
let insidePath = false;

function pathAware(definition: Definition, role: string, make: Definition["make"]): StructureReader {
  const read = readerOf(definition, role, make);
  if (definition.type !== Path) return read;
  return (...args) => {
    insidePath = true;
    try {
      return read(...args);
    } finally {
      insidePath = false;
    }
  };
}

function readerOf(definition: Definition, role: string, make: Definition["make"]): StructureReader {
  const { name, fields: names, short, serverOnly } = definition;
  const size = names.length;
  const server = role === "server";
  return (unpacker, count, tag) => {
    const at = unpacker.position - 2;
    if (server && serverOnly) throw misplaced(`${name} is no parameter`, count, at);
    let fields: unknown[];
    let problem: string;
    if (count === size || count === short) {
      const a = unpacker.read();
      const b = count > 1 ? unpacker.read() : undefined;
      const c = count > 2 ? unpacker.read() : undefined;
      const d = count > 3 ? unpacker.read() : undefined;
      const e = count > 4 ? unpacker.read() : undefined;
      const f = count > 5 ? unpacker.read() : undefined;
      const g = count > 6 ? unpacker.read() : undefined;
      const h = count > 7 ? unpacker.read() : undefined;
      try {
        return make(a, b, c, d, e, f, g, h);
      } catch (error) {
        problem = (error as Error).message;
        fields = [a, b, c, d, e, f, g, h].slice(0, count);
      }
    } else {
      problem = `got ${count} fields`;
      fields = [];
      for (let i = 0; i < count; i++) fields.push(unpacker.read());
    }
    if (server) throw misplaced(`expected ${name}(${names.join(", ")}), ${problem}`, count, at);
    return new Structure(tag, fields);
  };
}

function misplaced(problem: string, size: number, at: number): UnpackError {
  return new UnpackError("structure", problem, at, size < 16 ? 0xb0 + size : undefined);
}

/**
 * Overrides for clients that convert every value of one of our classes; `convert` gets our object. If it throws, our
 * object is kept, so that a value which the other form cannot express does not break the row. Empty for a class that
 * is not a structure. Nodes and relationships inside a Path are left alone.
 */
export function convertingReaders(wanted: Function, convert: (value: never) => unknown): ReaderOverrides {
  const chosen = definitions().filter(({ type }) => type === wanted || type.prototype instanceof wanted);
  return Object.fromEntries(
    chosen.map((definition) => {
      const isPart = definition.type === Node || definition.type === UnboundRelationship;
      const make: Definition["make"] = (...fields) => {
        const value = definition.make(...fields);
        if (isPart && insidePath) return value;
        try {
          return convert(value as never);
        } catch {
          return value;
        }
      };
      return [definition.tag, pathAware(definition, "client", make)];
    }),
  );
}

/** Overrides for clients that convert every temporal value. See {@link convertingReaders}. */
export function temporalReaders(convert: (value: IsoValue) => unknown): ReaderOverrides {
  return convertingReaders(IsoValue, convert);
}

/** Overrides that turn every temporal value into its ISO 8601 text. */
export function temporalStringReaders(): ReaderOverrides {
  return temporalReaders(String);
}

/**
 * Writers by constructor. A type that the version lacks, and on a client one that only servers send, is refused
 * with a PackError that says so. Besides our classes it has JavaScript's dates, written as DateTime in UTC with
 * milliseconds, and the runtime's Temporal classes, see {@link fromTemporal}. Overrides take precedence. Without
 * them the table is made once and shared, so a Temporal polyfill must be loaded before the first connection.
 */
export function structureWriters(
  version: BoltVersion,
  options: StructureOptions & { readonly overrides?: WriterOverrides | undefined },
): ReadonlyMap<Function, StructureWriter> {
  const { writers } = tablesOf(version, options);
  return options.overrides ? new Map([...writers, ...options.overrides]) : writers;
}

function writersOf(version: BoltVersion, utc: boolean, role: string): Writers {
  const table = new Map<Function, StructureWriter>();
  for (const definition of definitions()) {
    const { type, name, since, serverOnly } = definition;
    if (serverOnly && role === "client")
      table.set(type, fail(`${name} cannot be a parameter: only servers send it`));
    else if (has(definition, version, utc)) table.set(type, writer(definition));
    else if (!table.has(type)) table.set(type, fail(`${name} needs Bolt ${since}.0, this is ${version}`));
  }
  for (const type of temporalClasses()) table.set(type, converter(fromTemporal));
  return table.set(
    globalThis.Date,
    converter((date: Date) => DateTime.from(date)),
  );
}

function fail(reason: string): StructureWriter {
  return () => {
    throw new PackError(reason);
  };
}

function writer({ tag, fields, take }: Definition): StructureWriter {
  const size = fields.length;
  if (take) {
    return (packer, value) => {
      packer.writeStructureHeader(tag, size);
      for (const field of attempt(take, value)) packer.write(field);
    };
  }
  // A separate property access for each field: a shared one would cost V8 a look-up by name every time.
  const [a, b, c, d, e, f, g, h] = fields as [string, string, string, string, string, string, string, string];
  return (packer, value: Record<string, unknown>) => {
    packer.writeStructureHeader(tag, size);
    packer.write(value[a]);
    if (size > 1) packer.write(value[b]);
    if (size > 2) packer.write(value[c]);
    if (size > 3) packer.write(value[d]);
    if (size > 4) packer.write(value[e]);
    if (size > 5) packer.write(value[f]);
    if (size > 6) packer.write(value[g]);
    if (size > 7) packer.write(value[h]);
  };
}

/** Writes what `convert` makes of the value. */
function converter(convert: (value: never) => unknown): StructureWriter {
  return (packer, value) => packer.write(attempt(convert, value));
}

/** Reports a failed conversion as a PackError: the value was the caller's mistake. */
function attempt<T>(convert: (value: never) => T, value: never): T {
  try {
    return convert(value);
  } catch (error) {
    throw new PackError((error as Error).message, "$", { cause: error });
  }
}
