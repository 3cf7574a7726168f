// The golden vectors: bytes with the value that they encode, and bytes that must be refused.
import { readFileSync } from "node:fs";
import { Float, Structure, UUID } from "../src/index.ts";

type Typed =
  | { t: "null" }
  | { t: "bool"; v: boolean }
  | { t: "int"; v: string }
  | { t: "float"; v: number | string; bits: string }
  | { t: "bytes"; hex?: string; repeat?: string; times?: number }
  | { t: "string"; v?: string; repeat?: string; times?: number }
  | { t: "list"; v?: Typed[]; repeatItem?: Typed; times?: number }
  | { t: "map"; v?: [string, Typed][]; seqKeys?: SeqKeys; value?: Typed }
  | { t: "struct"; tag: number; fields: Typed[] }
  | { t: "uuid"; v: string };

interface SeqKeys {
  from: number;
  count: number;
  width: number;
}

type Part = { hex: string } | { repeat: string; times: number } | { seqKeys: SeqKeys; valueHex: string };

export interface Vector {
  readonly id: string;
  readonly outcome: "ok" | "error" | "optional";
  readonly hex?: string;
  readonly parts?: readonly Part[];
  readonly value?: Typed;
  readonly canonical?: boolean;
  readonly reason?: string;
  readonly minBolt?: string;
  readonly maxBolt?: string;
}

export const fromHex = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex, "hex"));
export const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

export const vectors: readonly Vector[] = JSON.parse(
  readFileSync(new URL("data/packstream.json", import.meta.url), "utf8"),
) as Vector[];

const keysOf = ({ from, count, width }: SeqKeys): string[] =>
  Array.from({ length: count }, (_, i) => String(from + i).padStart(width, "0"));

export function bytesOf({ hex, parts = [] }: Vector): Uint8Array {
  if (hex !== undefined) return fromHex(hex);
  const text = parts.map((part) => {
    if ("hex" in part) return part.hex;
    if ("repeat" in part) return part.repeat.repeat(part.times);
    const keys = keysOf(part.seqKeys);
    return keys
      .map((key) => (0x80 + key.length).toString(16) + toHex(Buffer.from(key)) + part.valueHex)
      .join("");
  });
  return fromHex(text.join(""));
}

function plainObject(entries: readonly [string, unknown][]): object {
  const map = {};
  for (const [key, value] of entries) {
    // `__proto__` is a key like any other.
    Object.defineProperty(map, key, { value, enumerable: true, configurable: true, writable: true });
  }
  return map;
}

/** The value that `unpack(bytes, { integers: "bigint", floats: "wrap" })` must return; `pack` returns the same bytes. */
export function valueOf(
  typed: Typed,
  makeMap: (entries: [string, unknown][]) => unknown = plainObject,
): unknown {
  const inner = (item: Typed): unknown => valueOf(item, makeMap);
  switch (typed.t) {
    case "null":
      return null;
    case "bool":
      return typed.v;
    case "int":
      return BigInt(typed.v);
    case "float":
      return new Float(new DataView(fromHex(typed.bits).buffer).getFloat64(0));
    case "bytes":
      return fromHex(typed.hex ?? typed.repeat!.repeat(typed.times!));
    case "string":
      return typed.v ?? typed.repeat!.repeat(typed.times!);
    case "list":
      return typed.v?.map(inner) ?? Array.from({ length: typed.times! }, () => inner(typed.repeatItem!));
    case "map": {
      const entries = typed.v ?? keysOf(typed.seqKeys!).map((key): [string, Typed] => [key, typed.value!]);
      return makeMap(entries.map(([key, value]) => [key, inner(value)]));
    }
    case "struct":
      return new Structure(typed.tag, typed.fields.map(inner));
    case "uuid":
      return UUID.parse(typed.v);
  }
}
