// UnsupportedType: what a server sends in place of a value that the connection's version cannot carry.
// Spec: structures, UnsupportedType (3F), Bolt 6.0, server to client only.
import { misfit, text } from "./checks.ts";

/** Stands in for a value of a newer type. Immutable. */
export class UnsupportedType {
  /** Name of the type, as the server calls it: `"UUID"`. */
  readonly name: string;
  /** The first Bolt version that can carry it: `"6.1"`. */
  readonly minVersion: string;
  /** The server's explanation, if it gave one. */
  readonly message: string | undefined;

  /** Throws RangeError unless `minVersion` is `major.minor`. */
  constructor(name: string, minVersion: string, message?: string) {
    if (!/^\d{1,3}\.\d{1,3}$/.test(minVersion)) throw misfit("minVersion", "major.minor", minVersion);
    this.name = text(name, "name");
    this.minVersion = minVersion;
    this.message = message === undefined ? undefined : text(message, "message");
    if (new.target === UnsupportedType) Object.freeze(this);
  }

  /** `UUID needs Bolt 6.1`, and the message if there is one. */
  toString(): string {
    return `${this.name} needs Bolt ${this.minVersion}${this.message === undefined ? "" : `: ${this.message}`}`;
  }
}
