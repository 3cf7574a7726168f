// What a server sends in place of values whose type is newer than the connection's version, and the remark by which
// the client learns of it. Neo4j servers do the same. A value without any placeholder, such as a date in Bolt 1,
// gets a PackError from the registry.
import { type BoltVersion, type Packer, type StructureWriter, UUID } from "@bolt/framing";
import { DEFAULT_DIAGNOSTIC_RECORD } from "./failure.ts";
import type { GqlStatusObject } from "./notifications.ts";
import { structureWriters, UnsupportedType, Vector, type WriterOverrides } from "./structures/index.ts";

/** The first type that a packer has replaced since takeReplaced() was last called for it. */
const replaced = new WeakMap<Packer, string>();

/** The type, such as `"VECTOR"`, for which a placeholder was written since the last call; undefined for none. */
export function takeReplaced(packer: Packer): string | undefined {
  const type = replaced.get(packer);
  if (type !== undefined) replaced.delete(packer);
  return type;
}

/** Before 6.0 a map in place of the value says its type. Spec: none; Neo4j 2025.10 and later. */
function placeholder(typeOf: (value: never) => string): StructureWriter {
  return (packer, value) => {
    const originalType = typeOf(value);
    const [type = ""] = originalType.split("(");
    if (!replaced.has(packer)) replaced.set(packer, type);
    packer.write({ originalType, reason: "UNKNOWN_TYPE" });
  };
}

/** `VECTOR(3, INTEGER8)`, as Cypher writes the type. */
function vectorType({ type, data }: Vector): string {
  const bits = type.toUpperCase().replace("INT", "INTEGER");
  return `VECTOR(${data.length}, ${bits})`;
}

// Functions, so that bundlers can leave out what a client does not use.
const maps = (): WriterOverrides =>
  new Map<Function, StructureWriter>([
    [Vector, placeholder(vectorType)],
    [UUID, placeholder(() => "UUID")],
    [UnsupportedType, placeholder(({ name }: UnsupportedType) => name)],
  ]);
/** 6.0 has a structure for what came later. */
const structures = (): WriterOverrides =>
  new Map<Function, StructureWriter>([[UUID, (packer) => packer.write(new UnsupportedType("UUID", "6.1"))]]);

type Writers = ReadonlyMap<Function, StructureWriter>;

/** By version and patch; connections without their own writers share one. */
const tables = new Map<string, Writers>();

/** {@link structureWriters} for a server, with placeholders. The user's own writers take precedence. */
export function serverWriters(version: BoltVersion, utc: boolean, own?: WriterOverrides): Writers {
  const plain = (overrides?: WriterOverrides): Writers =>
    structureWriters(version, { utc, role: "server", overrides });
  if (version.atLeast(6, 1)) return plain(own);
  const placeholders = version.atLeast(6) ? structures : maps;
  if (own) return plain(new Map([...placeholders(), ...own]));
  const key = `${version} ${utc}`;
  const made = tables.get(key) ?? plain(placeholders());
  tables.set(key, made);
  return made;
}

/** The warning for a result in which values were replaced; sent whatever notifications the client wants. */
export function remarkOnReplaced(type: string): GqlStatusObject {
  return {
    gqlStatus: "01N83",
    statusDescription: `warn: client does not support type. Client does not support type \`${type}\`. Please upgrade your client.`,
    neo4jCode: "Neo.ClientNotification.Request.UnsupportedType",
    title: "Client does not support this type.",
    description:
      "Values of a type that this Bolt version cannot carry were replaced by maps that name the type. A newer client gets the values.",
    diagnosticRecord: {
      ...DEFAULT_DIAGNOSTIC_RECORD,
      _classification: "UNSUPPORTED",
      _severity: "WARNING",
    },
  };
}
