// What can go wrong while packing and unpacking, and the root of every error in this project. Knows nothing about the
// codec: callers pass the facts in. Upper layers derive their own errors from `BoltError`.

/** Root of all errors thrown by Bolt packages. `code` is stable and meant for programs, `message` for people. */
export class BoltError extends Error {
  /** Stable name of what happened, such as `"PACK_ERROR"`. */
  readonly code: string;

  constructor(code: string, message: string, options?: { cause?: unknown }) {
    super(message, options);
    // Not enumerable, like the names of built-in errors; writable because subclasses set it: bundlers rename classes.
    Object.defineProperty(this, "name", { value: new.target.name, configurable: true, writable: true });
    this.code = code;
  }
}

/** A value has no PackStream form. No part of it was written. `code` is `"PACK_ERROR"`. */
export class PackError extends BoltError {
  /** What is wrong, without where. */
  readonly reason: string;
  /** Where it is, as a JavaScript expression in which `$` is the value given to `pack`: `$.friends[3].name`. */
  readonly path: string;

  /** Structure writers pass only the reason; the packer adds the path. */
  constructor(reason: string, path = "$", options?: { cause?: unknown }) {
    super("PACK_ERROR", `${reason} at ${path}`, options);
    this.name = "PackError";
    this.reason = reason;
    this.path = path;
  }
}

/**
 * Why bytes cannot be read:
 * - `truncated`: fewer bytes than the value needs or its size declares
 * - `length`: a declared size above 2147483647
 * - `marker`: a reserved marker
 * - `key`: a dictionary key that is not a string, or a duplicate key with `duplicateKeys: "reject"`
 * - `utf8`: text that is not valid UTF-8
 * - `depth`: nested deeper than `maxDepth`
 * - `trailing`: bytes after the end of the value
 * - `structure`: not the structure, list or fields that the caller expected
 */
export type UnpackReason =
  | "truncated"
  | "length"
  | "marker"
  | "key"
  | "utf8"
  | "depth"
  | "trailing"
  | "structure";

/** The bytes are not a PackStream value, or not one that the reader accepts. `code` is `"UNPACK_ERROR"`. */
export class UnpackError extends BoltError {
  readonly reason: UnpackReason;
  /** Where the offending value begins (its marker), in bytes from the start of the whole value or message. */
  readonly offset: number;
  /** The marker byte at `offset`; `undefined` if there is none, as at the end of the input. */
  readonly marker: number | undefined;

  constructor(reason: UnpackReason, message: string, offset: number, marker?: number) {
    super("UNPACK_ERROR", `${message} at byte ${offset}`);
    this.name = "UnpackError";
    this.reason = reason;
    this.offset = offset;
    this.marker = marker;
  }
}
