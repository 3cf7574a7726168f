/**
 * What a check of our own driver is: a name and something to do with a server, which throws when it does not come out
 * as it should. Types and the words for them; server, drivers and reports are run.ts's.
 */
import type { AuthSource, Capabilities, Driver, DriverConfig, Observer } from "@bolt/client";

/** A server to be checked, and who may log in there. */
export interface Place {
  /** bolt://host:port. */
  readonly uri: string;
  readonly user: string;
  readonly password: string;
  /** Bolt versions to offer, where it has none of those that are offered by default. */
  readonly versions?: readonly string[];
}

export interface Context extends Place {
  /** Whatever is created carries this: label `Driven`, property `run`. Of this check alone. */
  readonly run: string;
  /** A driver with default settings, opened when it is first asked for. */
  readonly db: Driver;
  /** What the server can do, by its answers. */
  readonly capabilities: Capabilities;
  /** Another driver; like `db` it is closed after the check. Default: the same server, the same user. */
  open(config?: DriverConfig, login?: AuthSource, uri?: string): Driver;
}

/** Resolves with a word for the report, if there is something to tell. */
export type Check = (context: Context) => Promise<string | void>;

/** By name, in the order in which they are done. */
export type Checks = Readonly<Record<string, Check>>;

/** The server has nothing of the kind; the message says what. No failure. */
export class Skip extends Error {
  override readonly name = "Skip";
}

/** The error with which a promise rejects. Throws when it does not, or with another class. */
export async function rejection<T extends Error>(
  work: PromiseLike<unknown>,
  // Constructors of any arguments: an error is only recognized here, never made.
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

/** Tries until `true`, which may take a moment at the other end. @throws when that moment is over. */
export async function soon(what: string, test: () => Promise<boolean>, withinMs = 5000): Promise<void> {
  for (const end = Date.now() + withinMs; !(await test());) {
    if (Date.now() > end) throw new Error(`not within ${withinMs} ms: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

/** Watches the connections of a driver: each message as it passes, `>RUN` to the server, `<RECORD` from it. */
export function watch(): { observer: Observer; passed: string[] } {
  const passed: string[] = [];
  return {
    passed,
    observer: {
      sent: ({ message }) => void passed.push(`>${message.name}`),
      received: ({ message }) => void passed.push(`<${message.name}`),
    },
  };
}

/** How many of them. */
export const times = (passed: readonly string[], message: string): number =>
  passed.filter((name) => name === message).length;
