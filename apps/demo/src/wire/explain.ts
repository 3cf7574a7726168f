// Explains the bytes of one message, run by run, for people who want to see PackStream at work. Reads bytes that a
// connection has already understood; knows markers, not messages. An unknown byte ends the explanation, never the
// program.
// Spec: https://neo4j.com/docs/bolt/current/packstream/

export interface ExplainedBytes {
  readonly bytes: Uint8Array;
  readonly meaning: string;
  /** Depth of nesting in lists, dictionaries and structures; the message itself is at 0. */
  readonly depth: number;
}

/** Splits a message, given without chunk headers, into runs of bytes with their meaning. */
export function explain(message: Uint8Array, name: string): ExplainedBytes[] {
  const walker = new Walker(message, name);
  try {
    walker.value(0, "");
  } catch {
    walker.rest();
  }
  return walker.found;
}

// Bytes of the length after a marker, by the distance of the marker from the first of its family.
const LENGTH_BYTES = [1, 2, 4];
const utf8 = new TextDecoder();

class Walker {
  readonly found: ExplainedBytes[] = [];
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #name: string;
  #at = 0;

  constructor(bytes: Uint8Array, name: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#name = name;
  }

  /** Explains the next value; `key` is its key in the surrounding dictionary, followed by `: `, or empty. */
  value(depth: number, key: string): void {
    const start = this.#at;
    const marker = this.#view.getUint8(this.#at++);
    const tell = (meaning: string): void => this.#tell(start, depth, key + meaning);
    if (marker < 0x80) return tell(`${marker}`);
    if (marker >= 0xf0) return tell(`${marker - 256}`);
    switch (marker) {
      case 0xc0:
        return tell("null");
      case 0xc1:
        this.#at += 8;
        return tell(`float ${this.#view.getFloat64(start + 1)}`);
      case 0xc2:
        return tell("false");
      case 0xc3:
        return tell("true");
      case 0xe0:
        this.#at += 16;
        return tell("UUID");
    }
    if (marker >= 0xc8 && marker <= 0xcb) return tell(`${this.#integer(1 << (marker - 0xc8))}`);
    if (marker >= 0xb0 && marker <= 0xbf) return this.#structure(marker - 0xb0, tell, depth);
    if (marker >= 0xcc && marker <= 0xce) return this.#blob(this.#length(marker, 0xcc), tell);
    if (marker < 0x90 || within(marker, 0xd0)) return this.#string(this.#size(marker, 0x80, 0xd0), tell);
    if (marker < 0xa0 || within(marker, 0xd4)) return this.#list(this.#size(marker, 0x90, 0xd4), tell, depth);
    if (marker < 0xb0 || within(marker, 0xd8))
      return this.#dictionary(this.#size(marker, 0xa0, 0xd8), tell, depth);
    throw new Error("an unknown marker");
  }

  /** Adds the bytes that have not been explained. */
  rest(): void {
    if (this.#at < this.#bytes.length) {
      const start = this.#at;
      this.#at = this.#bytes.length;
      this.#tell(start, 0, "?");
    }
  }

  #structure(fields: number, tell: (meaning: string) => void, depth: number): void {
    const tag = hex(this.#view.getUint8(this.#at++));
    tell(depth === 0 ? this.#name : `structure ${tag}, ${count(fields, "field")}`);
    for (let i = 0; i < fields; i++) this.value(depth + 1, "");
  }

  #list(items: number, tell: (meaning: string) => void, depth: number): void {
    tell(`list of ${items}`);
    for (let i = 0; i < items; i++) this.value(depth + 1, "");
  }

  #dictionary(entries: number, tell: (meaning: string) => void, depth: number): void {
    tell(`dictionary of ${items(entries)}`);
    for (let i = 0; i < entries; i++) this.#entry(depth + 1);
  }

  /** Explains a key and its value: the key's bytes are joined to the first run of the value. */
  #entry(depth: number): void {
    const start = this.#at;
    const marker = this.#view.getUint8(this.#at++);
    const key = this.#text(this.#size(marker, 0x80, 0xd0));
    const told = this.found.length;
    this.value(depth, `${key}: `);
    const first = this.found[told]!;
    this.found[told] = {
      ...first,
      bytes: this.#bytes.subarray(
        start,
        first.bytes.byteOffset - this.#bytes.byteOffset + first.bytes.length,
      ),
    };
  }

  #string(length: number, tell: (meaning: string) => void): void {
    const text = this.#text(length);
    tell(JSON.stringify(text));
  }

  #blob(length: number, tell: (meaning: string) => void): void {
    this.#at += length;
    tell(count(length, "byte"));
  }

  #text(length: number): string {
    const end = this.#at + length;
    if (end > this.#bytes.length) throw new Error("the message ends inside a string");
    const text = utf8.decode(this.#bytes.subarray(this.#at, end));
    this.#at = end;
    return text;
  }

  /** Length of a string, list or dictionary: in the marker itself, or in the bytes after it. */
  #size(marker: number, tiny: number, wide: number): number {
    return marker < 0xb0 ? marker - tiny : this.#length(marker, wide);
  }

  #length(marker: number, family: number): number {
    const width = LENGTH_BYTES[marker - family]!;
    const at = this.#at;
    this.#at += width;
    return width === 1
      ? this.#view.getUint8(at)
      : width === 2
        ? this.#view.getUint16(at)
        : this.#view.getUint32(at);
  }

  #integer(width: number): number | bigint {
    const at = this.#at;
    this.#at += width;
    if (width === 1) return this.#view.getInt8(at);
    if (width === 2) return this.#view.getInt16(at);
    return width === 4 ? this.#view.getInt32(at) : this.#view.getBigInt64(at);
  }

  #tell(start: number, depth: number, meaning: string): void {
    this.found.push({ bytes: this.#bytes.subarray(start, this.#at), meaning, depth });
  }
}

const within = (marker: number, family: number): boolean => marker >= family && marker <= family + 2;
const count = (n: number, what: string): string => `${n} ${what}${n === 1 ? "" : "s"}`;
const items = (n: number): string => (n === 1 ? "1 entry" : `${n} entries`);

/** A byte as two upper-case digits. */
export function hex(byte: number): string {
  return byte.toString(16).toUpperCase().padStart(2, "0");
}

/** `60 60 B0 17`. */
export function hexOf(bytes: Uint8Array): string {
  return Array.from(bytes, hex).join(" ");
}
