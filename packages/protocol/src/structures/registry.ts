/**
 * Tables for the codec: what becomes of a structure's tag, and how an object is written, by version and role.
 *
 * Knows the two roles and what each does with structures that do not fit; what structures there are stands in
 * definitions.ts. Reading is a hot path: fields go from the unpacker to a constructor, no list in between.
 */
import {
  type BoltVersion,
  PackError,
  Structure,
  type StructureReader,
  type StructureReaders,
  type StructureWriter,
  UnpackError,
  type Unpacker,
} from "@bolt/framing";
import { DateTime } from "./date-time.ts";
import { type Definition, definitions, has } from "./definitions.ts";
import { IsoValue } from "./iso.ts";
import { fromTemporal, temporalClasses } from "./temporal-interop.ts";

export interface StructureOptions {
  /** Whether the UTC patch was granted; matters on 4.3 and 4.4 only. */
  readonly utc: boolean;
  /** Who reads and writes with the table. */
  readonly role: "client" | "server";
}

/** Own readers by tag. See {@link structureReaders}. */
export type ReaderOverrides = Readonly<Record<number, StructureReader>>;

/** Own writers by constructor; subclasses are written by the writer of their base class. */
export type WriterOverrides = ReadonlyMap<Function, StructureWriter>;

const readerTables = new Map<string, StructureReaders>();
const writerTables = new Map<string, ReadonlyMap<Function, StructureWriter>>();

const key = (version: BoltVersion, utc: boolean, role: string): string => `${version} ${utc} ${role}`;

/** The patch is part of the protocol from 5.0 on and unknown before 4.3. */
function patched(version: BoltVersion, utc: boolean): boolean {
  return version.atLeast(5) || (utc && version.atLeast(4, 3));
}

/**
 * Readers of all 256 tags. A tag that the version does not have throws UnpackError, reason `"structure"`.
 * Fields that do not fit: a client keeps the raw Structure, since no row is worth a connection; a server throws
 * UnpackError. So it does for what only servers send.
 *
 * An override replaces the reader of its tag, or adds one for a tag that no version has. It does not bring a
 * structure to a version that lacks it, so one set serves both forms of date-times. A Path stays a raw Structure
 * unless its nodes and relationships are, or extend, ours. Without overrides the table is made once and shared.
 */
export function structureReaders(
  version: BoltVersion,
  options: StructureOptions & { readonly overrides?: ReaderOverrides | undefined },
): StructureReaders {
  const { role, overrides } = options;
  const utc = patched(version, options.utc);
  const name = key(version, utc, role);
  let readers = readerTables.get(name);
  if (!readers) {
    const table = new Array<StructureReader>(256).fill(refuse(version, utc));
    for (const definition of definitions()) {
      if (has(definition, version, utc)) table[definition.tag] = reader(definition, role, definition.make);
    }
    readerTables.set(name, (readers = table));
  }
  if (!overrides) return readers;
  const table = [...readers];
  for (const [digits, override] of Object.entries(overrides)) {
    const forms = definitions().filter(({ tag }) => tag === Number(digits));
    if (forms.length === 0 || forms.some((form) => has(form, version, utc))) table[Number(digits)] = override;
  }
  return table;
}

function reader(
  { name, size, short, serverOnly }: Definition,
  role: string,
  make: Definition["make"],
): StructureReader {
  const server = role === "server";
  const construct = make as (...fields: unknown[]) => unknown;
  return (unpacker, count, tag) => {
    const at = unpacker.position - 2;
    if (server && serverOnly) throw misfit(`${name} is no parameter`, count, at);
    let fields: unknown[];
    let problem: string;
    if (count === size || count === short) {
      const a = unpacker.read();
      const b = count > 1 ? unpacker.read() : undefined;
      const c = count > 2 ? unpacker.read() : undefined;
      const d = count > 3 ? unpacker.read() : undefined;
      const more = count > 4;
      const e = more ? unpacker.read() : undefined;
      const f = more && count > 5 ? unpacker.read() : undefined;
      const g = more && count > 6 ? unpacker.read() : undefined;
      const h = more && count > 7 ? unpacker.read() : undefined;
      try {
        return construct(a, b, c, d, e, f, g, h);
      } catch (error) {
        problem = error instanceof Error ? error.message : String(error);
        fields = [a, b, c, d, e, f, g, h].slice(0, count);
      }
    } else {
      problem = `expected ${size} fields, got ${count}`;
      fields = [];
      for (let i = 0; i < count; i++) fields.push(unpacker.read());
    }
    if (server) throw misfit(`${name}: ${problem}`, count, at);
    return new Structure(tag, fields);
  };
}

function misfit(problem: string, size: number, at: number): UnpackError {
  return new UnpackError("structure", problem, at, size < 16 ? 0xb0 + size : undefined);
}

/** The reader of tags that a version does not have. */
function refuse(version: BoltVersion, utc: boolean): StructureReader {
  return (unpacker: Unpacker, size, tag) => {
    const known = definitions().find((definition) => definition.tag === tag);
    const what = `structure 0x${tag.toString(16).toUpperCase().padStart(2, "0")}${known ? ` (${known.name})` : ""}`;
    const patch =
      version.major === 4 && known?.utc !== undefined ? ` with${utc ? "" : "out"} the UTC patch` : "";
    throw misfit(`Bolt ${version}${patch} has no ${what}`, size, unpacker.position - 2);
  };
}

/**
 * Overrides for clients that make something else of every temporal value: `convert` gets our object. Where it
 * throws our object stays, so that a value which the other form cannot express does not break the row.
 */
export function temporalReaders(convert: (value: IsoValue) => unknown): ReaderOverrides {
  const overrides: Record<number, StructureReader> = {};
  for (const definition of definitions()) {
    if (!(definition.type.prototype instanceof IsoValue)) continue;
    overrides[definition.tag] = reader(definition, "client", (...fields) => {
      const value = definition.make(...fields) as IsoValue;
      try {
        return convert(value);
      } catch {
        return value;
      }
    });
  }
  return overrides;
}

/** Overrides that turn every temporal value into its ISO 8601 text. */
export function temporalStringReaders(): ReaderOverrides {
  return temporalReaders(String);
}

/**
 * Writers by constructor. A type that the version does not have, and on a client one that only servers send, is
 * refused with a PackError that says so. Besides our classes: JavaScript's date as DateTime in UTC, with its
 * milliseconds; and the runtime's Temporal classes, see {@link fromTemporal}. Overrides go in front. Without
 * them the table is made once and shared: a Temporal polyfill has to be there before the first connection.
 */
export function structureWriters(
  version: BoltVersion,
  options: StructureOptions & { readonly overrides?: WriterOverrides | undefined },
): ReadonlyMap<Function, StructureWriter> {
  const { role, overrides } = options;
  const utc = patched(version, options.utc);
  const name = key(version, utc, role);
  let writers = writerTables.get(name);
  if (!writers) {
    const table = new Map<Function, StructureWriter>();
    for (const definition of definitions()) {
      const { type, since } = definition;
      if (has(definition, version, utc)) table.set(type, writer(definition, role));
      else if (!table.has(type))
        table.set(type, fail(`${definition.name} needs Bolt ${since}.0, this is ${version}`));
    }
    table.set(globalThis.Date, by(DateTime.from));
    for (const type of temporalClasses()) table.set(type, by(fromTemporal));
    writerTables.set(name, (writers = table));
  }
  return overrides ? new Map([...writers, ...overrides]) : writers;
}

function writer({ name, tag, size, serverOnly, write }: Definition, role: string): StructureWriter {
  if (serverOnly && role === "client") return fail(`${name} is no parameter: only servers send it`);
  return (packer, value) => {
    packer.writeStructureHeader(tag, size);
    write(packer, value, size);
  };
}

function fail(reason: string): StructureWriter {
  return () => {
    throw new PackError(reason);
  };
}

/** Writes what `convert` makes of the value; what it cannot convert is the caller's mistake. */
function by(convert: (value: never) => unknown): StructureWriter {
  return (packer, value) => {
    let converted: unknown;
    try {
      converted = convert(value);
    } catch (error) {
      throw new PackError(error instanceof Error ? error.message : String(error), "$", { cause: error });
    }
    packer.write(converted);
  };
}
