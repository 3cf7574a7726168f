// A check of our own driver: a name, and work with a server that throws when its outcome is wrong. Types and helpers;
// servers, drivers and reports are in run.ts.
import type { AuthSource, Capabilities, Driver, DriverConfig, MessageObserver } from "@bolt/client";

/** A server to be checked, and a login for it. */
export interface Place {
  /** bolt://host:port. */
  readonly uri: string;
  readonly user: string;
  readonly password: string;
  /** Bolt versions to offer, for a server that has none of the default ones. */
  readonly versions?: readonly string[];
}

export interface Context extends Place {
  /** Marks everything this check creates: label `Driven`, property `run`. Unique to the check. */
  readonly run: string;
  /** A driver with default settings, opened at first use. */
  readonly db: Driver;
  /** What the server can do, according to its answers. */
  readonly capabilities: Capabilities;
  /** Opens another driver; like `db` it is closed after the check. Default: the same server and user. */
  open(config?: DriverConfig, login?: AuthSource, uri?: string): Driver;
}

/** Resolves with a remark for the report, if there is any. */
export type Check = (context: Context) => Promise<string | void>;

/** Checks by name, in the order in which they run. */
export type Checks = Readonly<Record<string, Check>>;

/** The server lacks what the check needs; the message says what. Not a failure. */
export class Skip extends Error {
  override readonly name = "Skip";
}

/** Returns the error that a promise rejects with. Throws when it resolves, or rejects with another class. */
export async function rejection<T extends Error>(
  work: PromiseLike<unknown>,
  // Constructors with any arguments: the error is only recognized here, never created.
  type: abstract new (...args: never[]) => T,
): Promise<T> {
  try {
    await work;
  } catch (error) {
    if (error instanceof type) return error;
    throw error;
  }
  throw new Error(`expected ${type.name}, but nothing went wrong`);
}

/** Repeats `test` until it is true, for effects that take the server a moment. @throws after `withinMs`. */
export async function soon(what: string, test: () => Promise<boolean>, withinMs = 5000): Promise<void> {
  for (const end = Date.now() + withinMs; !(await test());) {
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Records the messages of a driver's connections: `>RUN` to the server, `<RECORD` from it. */
export function watch(): { observer: MessageObserver; passed: string[] } {
  const passed: string[] = [];
  return {
    passed,
    observer: {
      sent: ({ message }) => void passed.push(`>${message.name}`),
      received: ({ message }) => void passed.push(`<${message.name}`),
    },
  };
}

/** Counts a message. */
export const times = (passed: readonly string[], message: string): number =>
  passed.filter((name) => name === message).length;
