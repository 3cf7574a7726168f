// The allowed settings of sessions, transactions and queries, by name and value. Knows shapes, not meanings; a wrong
// setting is a ConfigError that says what was expected.
import type { BoltError } from "@bolt/protocol";
import { NOTIFICATIONS } from "../connection/connection-options.ts";
import { abortError, ConfigError } from "../errors.ts";
import {
  type Check,
  type Checks,
  count,
  either,
  milliseconds,
  oneOf,
  show,
  type,
  validate,
} from "../validate.ts";
import { BOOKMARK_MANAGER } from "./bookmarks.ts";
import type { Parameters, TransactionQueryConfig } from "./work.ts";

/** A plain object of any realm, or a Map. Any other object is itself a value, such as a date. */
const named: Check = (value) => isPlain(value) || value instanceof Map || "an object of named values";

function isPlain(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype: object | null = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/**
 * A copy, so that the program may change its own object while the query waits; what is in the values is shared. An object
 * that cannot be copied is kept: sending it tells what is wrong.
 */
export function copyOf(parameters: Parameters): Parameters {
  try {
    if (isPlain(parameters)) return { ...parameters };
    return parameters instanceof Map ? (new Map(parameters) as object) : parameters;
  } catch {
    return parameters;
  }
}

const absent: Check = (value) => value === null || "null";

/** Null means none, as in web APIs. The usual mistake is a controller in place of its signal. */
const signal: Check = (value) =>
  value === null ||
  (typeof (value as AbortSignal).addEventListener === "function" && "aborted" in (value as object)) ||
  "an AbortSignal";

const schema: Check = (value) =>
  typeof (value as { "~standard"?: { validate?: unknown } } | null)?.["~standard"]?.validate === "function" ||
  "a Standard Schema";

/** Checked where it is used. */
const anything: Check = () => true;

type Settings = "transaction" | "transactionQuery" | "query" | "session" | "executeQuery" | "verify";

function tables(): Readonly<Record<Settings, Checks>> {
  const transaction = { timeoutMs: milliseconds(Number.MAX_SAFE_INTEGER), metadata: named, signal };
  const fetchSize = count(1, -1);
  const result = { fetchSize, map: type("function"), schema };
  const text = type("string");
  const user = { database: either(text, absent), impersonatedUser: text, auth: anything };
  const mode = oneOf("read", "write");
  const bookmarkManager = BOOKMARK_MANAGER;
  return {
    transaction,
    transactionQuery: { ...result, signal },
    query: { ...transaction, ...result },
    session: {
      ...user,
      mode,
      bookmarks: anything,
      bookmarkManager,
      fetchSize,
      notifications: NOTIFICATIONS,
      eagerBegin: type("boolean"),
    },
    executeQuery: {
      ...user,
      mode,
      bookmarkManager: either(bookmarkManager, absent),
      transform: type("function"),
      ...transaction,
      ...result,
    },
    verify: { ...user, bookmarks: anything, signal },
  };
}

/** The settings of each call. Made by a function, so that bundlers see that it has no side effect. */
export const CHECKS: Readonly<Record<Settings, Checks>> = /* @__PURE__ */ tables();

/** Returns what is wrong with a query, its parameters or settings, such as a fired signal; undefined if nothing is. */
export function mistake(
  query: unknown,
  parameters: unknown,
  config: TransactionQueryConfig,
  checks: Checks,
): BoltError | undefined {
  // An empty query is left to the server: some give it a meaning.
  if (typeof query !== "string") return new ConfigError(`the query must be a string, not ${show(query)}`);
  const expected = named(parameters);
  if (expected !== true)
    return new ConfigError(`the parameters must be ${expected}, not ${show(parameters)}`);
  try {
    validate(config, checks);
  } catch (error) {
    return error as BoltError;
  }
  const { signal: fired } = config;
  // A signal that has fired will not fire again.
  return fired?.aborted ? abortError(fired, "running a query") : undefined;
}

/** Throws ConfigError for anything but a function, which otherwise fails only once a connection is acquired. */
export function checkWork(work: unknown): void {
  if (typeof work === "function") return;
  throw new ConfigError(`the work must be a function, as (tx) => tx.run(query), not ${show(work)}`);
}
