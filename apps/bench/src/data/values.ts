// The values that all contestants must agree on, in a form that belongs to none of them: plain values, and a Shape for
// each structure on the wire. Knows the tags of structures, but no client.
import { Structure, type Value } from "@bolt/packstream";

export type Plain =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | Shape
  | readonly Plain[]
  | { readonly [key: string]: Plain };

/** Spec: structure semantics, the forms of Bolt 5. */
const TAGS = {
  Node: 0x4e,
  Relationship: 0x52,
  UnboundRelationship: 0x72,
  Path: 0x50,
  Date: 0x44,
  DateTime: 0x49,
  Duration: 0x45,
} as const;

/** A structure by name, with its fields in wire order. */
export class Shape {
  readonly name: keyof typeof TAGS;
  readonly fields: readonly Plain[];

  constructor(name: keyof typeof TAGS, ...fields: readonly Plain[]) {
    this.name = name;
    this.fields = fields;
  }
}

/** The value as @bolt/packstream packs it, without the classes of higher layers. */
export function toWire(value: Plain): Value {
  if (value instanceof Shape) return new Structure(TAGS[value.name], value.fields.map(toWire));
  if (Array.isArray(value)) return (value as readonly Plain[]).map(toWire);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, toWire(entry)]));
}

/** The value for codecs without structures: each becomes the list of its fields. */
export function toLists(value: Plain): unknown {
  if (value instanceof Shape) return value.fields.map(toLists);
  if (Array.isArray(value)) return (value as readonly Plain[]).map(toLists);
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, toLists(entry)]));
}

/** A value as text for error messages, cut to 200 characters. */
export function show(value: unknown): string {
  const text =
    JSON.stringify(value, (_, item: unknown) => (typeof item === "bigint" ? `${item}n` : item)) ??
    "undefined";
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
