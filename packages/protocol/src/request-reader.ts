// Bytes to requests. The only place that checks what a client sent: arity and types, once.
import type { BoltVersion, Dictionary, Unpacker } from "@bolt/framing";
import { AuthToken, type AuthTokenInit } from "./auth-token.ts";
import { dictionary, integer, string, strings } from "./kinds.ts";
import { INVALID_FORMAT, refusal, unauthorized } from "./refusals.ts";
import { disabledKey, patches } from "./request-writer.ts";
import {
  AckFailure,
  Begin,
  type BoltAgent,
  Commit,
  Discard,
  fieldCount,
  Goodbye,
  Hello,
  Logoff,
  Logon,
  missingIn,
  type NotificationFilter,
  Pull,
  type Request,
  REQUEST_TAGS,
  Reset,
  Rollback,
  Route,
  Run,
  Telemetry,
  type TransactionExtra,
} from "./requests.ts";
import type { RequestName } from "./server-state.ts";

const NAMES: ReadonlyMap<number, RequestName> = new Map(
  Object.entries(REQUEST_TAGS).map(([name, tag]) => [tag, name as RequestName]),
);

/** The request that a tag stands for in the version; undefined when the version has none. */
export function requestByTag(tag: number, version: BoltVersion): RequestName | undefined {
  const name = NAMES.get(tag);
  if (name === undefined || missingIn(version, name) !== undefined) return undefined;
  const newer = name === "GOODBYE" || name === "BEGIN" || name === "COMMIT" || name === "ROLLBACK";
  return newer && !version.atLeast(3) ? undefined : name;
}

/** The messages without fields. */
const BARE = {
  COMMIT: Commit,
  ROLLBACK: Rollback,
  RESET: Reset,
  GOODBYE: Goodbye,
  ACK_FAILURE: AckFailure,
  LOGOFF: Logoff,
} as const;

/**
 * Reads the fields of the request whose header the reader has just read.
 * Throws Failure when a field is of a wrong type, UnpackError when its bytes are not a value.
 */
export function readRequest(
  unpacker: Unpacker,
  name: RequestName,
  size: number,
  version: BoltVersion,
): Request {
  const expected = fieldCount(name, version);
  if (size !== expected) {
    const message = `Illegal struct size: ${name} has ${expected} fields in Bolt ${version}, got ${size}`;
    throw refusal(message, INVALID_FORMAT);
  }
  const next = <T>(what: string, kind: Kind<T>): T => field(unpacker.read(), what, kind);
  switch (name) {
    case "RUN":
      return new Run(
        next("query", STRING),
        next("parameters", MAP),
        size === 3 ? extraFromWire(next("extra", MAP), version) : {},
      );
    case "PULL":
    case "DISCARD": {
      const extra: Dictionary = size === 0 ? { n: -1 } : next("extra", MAP);
      const n = field(extra["n"], "n", AMOUNT);
      const qid = optional(extra["qid"], "qid", QID);
      return name === "PULL" ? new Pull(n, qid) : new Discard(n, qid);
    }
    case "HELLO":
      if (size === 1) return helloFromWire(next("extra", MAP), version);
      return new Hello({
        userAgent: next("user_agent", STRING),
        auth: authFromWire(next("auth_token", MAP)),
      });
    case "LOGON":
      return new Logon(authFromWire(next("auth", MAP)));
    case "BEGIN":
      return new Begin(extraFromWire(next("extra", MAP), version));
    case "TELEMETRY":
      return new Telemetry(next("api", API));
    case "ROUTE": {
      const [routing, bookmarks, last] = [unpacker.read(), unpacker.read(), unpacker.read()];
      const extra: Dictionary = version.atLeast(4, 4) ? field(last, "extra", MAP) : { db: last };
      return new Route({
        routing: optional(routing, "routing", TEXTS),
        bookmarks: optional(bookmarks, "bookmarks", STRINGS),
        db: optional(extra["db"], "db", STRING) || undefined,
        impUser: optional(extra["imp_user"], "imp_user", STRING),
      });
    }
    default:
      return new BARE[name]();
  }
}

/** What a field has to be. */
interface Kind<T> {
  /** The value as the program wants it; undefined when it is of another kind. */
  readonly read: (value: unknown) => T | undefined;
  /** The kind in words, for the refusal, and the code of the refusal. */
  readonly expected: string;
  readonly code: string | undefined;
}

const kind = <T>(expected: string, read: Kind<T>["read"], code?: string): Kind<T> => ({
  read,
  expected,
  code,
});

const STRING: Kind<string> = kind("a string", string);
// Python drivers send a bookmark of null for a session that has none yet: like any null it says nothing.
const STRINGS: Kind<string[]> = kind("a list of strings", (value) =>
  strings(Array.isArray(value) ? value.filter((item) => item !== null) : value),
);
const MAP: Kind<Dictionary> = kind("a map", dictionary);
const TEXTS: Kind<Record<string, string>> = kind("a map of strings", (value) => {
  const map = dictionary(value);
  return map && strings(Object.values(map)) ? (map as Record<string, string>) : undefined;
});
const PRODUCT: Kind<string> = kind("a map with the key product", string);
const MODE: Kind<"r" | "w"> = kind('"r" or "w"', (value) =>
  value === "r" || value === "w" ? value : undefined,
);
// Neo4j accepts lower case, too; from here on it is one of these words, or "" for none.
const SEVERITY: Kind<string> = kind(
  "WARNING, INFORMATION or OFF",
  (value) => /^(WARNING|INFORMATION|OFF|)$/.exec(string(value)?.toUpperCase() ?? "-")?.[0],
);

/** Integers in messages are numbers, whatever form the caller wants for integers of parameters. */
const whole = (expected: string, fits: (number: number) => boolean, code?: string): Kind<number> =>
  kind(
    expected,
    (value) => {
      const number = Number(integer(value));
      return fits(number) ? number : undefined;
    },
    code,
  );
const AMOUNT = whole("-1 or a number from 1 on", (n) => n === -1 || n >= 1);
const QID = whole("-1 or a number of at least 0", (qid) => qid >= -1, INVALID_FORMAT);
const API = whole("a number from 0 to 3", (api) => api >= 0 && api <= 3);
const TIMEOUT = whole("an integer", (timeout) => !Number.isNaN(timeout));

function field<T>(value: unknown, what: string, { read, expected, code }: Kind<T>): T {
  const found = read(value);
  if (found === undefined) throw refusal(`Illegal value for field "${what}": expected ${expected}`, code);
  return found;
}

/**
 * A field that may be missing or null: both say nothing. Callers add `|| undefined` where "" says nothing either. For
 * users it is not enough: the work would be done with another user's rights.
 */
function optional<T>(value: unknown, what: string, kind: Kind<T>): T | undefined {
  return value === undefined || value === null ? undefined : field(value, what, kind);
}

function helloFromWire(extra: Readonly<Dictionary>, version: BoltVersion): Hello {
  return new Hello({
    userAgent: field(extra["user_agent"], "user_agent", STRING),
    boltAgent: version.atLeast(5, 3)
      ? agentFromWire(optional(extra["bolt_agent"], "bolt_agent", TEXTS))
      : undefined,
    auth: version.atLeast(5, 1) ? undefined : authFromWire(extra),
    routing: optional(extra["routing"], "routing", TEXTS),
    patchBolt: patches(version) ? optional(extra["patch_bolt"], "patch_bolt", STRINGS) : undefined,
    ...filterFromWire(extra, version),
  });
}

function agentFromWire(agent: Readonly<Record<string, string>> = {}): BoltAgent {
  return {
    product: field(agent["product"], "bolt_agent", PRODUCT),
    platform: agent["platform"],
    language: agent["language"],
    languageDetails: agent["language_details"],
  };
}

function authFromWire(token: Readonly<Dictionary>): AuthToken {
  const { scheme, principal, credentials, realm, parameters } = token;
  for (const [key, value] of Object.entries({ scheme, principal, credentials, realm })) {
    if (typeof (value ?? "") !== "string") throw unauthorized(`the value of key \`${key}\` must be a string`);
  }
  // Drivers without a login send an empty token, and servers that require none accept it.
  if (scheme === undefined && (principal ?? credentials) !== undefined)
    throw unauthorized("missing key `scheme`");
  return new AuthToken({
    scheme: scheme ?? "none",
    principal: principal ?? undefined,
    credentials: credentials ?? undefined,
    realm: realm ?? undefined,
    parameters: dictionary(parameters),
  } as AuthTokenInit);
}

function filterFromWire(extra: Readonly<Dictionary>, version: BoltVersion): NotificationFilter {
  if (!version.atLeast(5, 2)) return {};
  const disabled = disabledKey(version);
  return {
    notificationsMinimumSeverity:
      optional(extra["notifications_minimum_severity"], "notifications_minimum_severity", SEVERITY) ||
      undefined,
    notificationsDisabledClassifications: optional(extra[disabled], disabled, STRINGS),
  };
}

const NOTHING: TransactionExtra = Object.freeze({});

function extraFromWire(extra: Readonly<Dictionary>, version: BoltVersion): TransactionExtra {
  for (const _ in extra) {
    return {
      bookmarks: optional(extra["bookmarks"], "bookmarks", STRINGS),
      txTimeoutMs: optional(extra["tx_timeout"], "tx_timeout", TIMEOUT),
      txMetadata: optional(extra["tx_metadata"], "tx_metadata", MAP),
      mode: optional(extra["mode"], "mode", MODE),
      db: version.atLeast(4) ? optional(extra["db"], "db", STRING) || undefined : undefined,
      impUser: version.atLeast(4, 4) ? optional(extra["imp_user"], "imp_user", STRING) : undefined,
      ...filterFromWire(extra, version),
    };
  }
  return NOTHING;
}
