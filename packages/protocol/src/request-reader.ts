// Bytes to requests. The only place that checks what a client sent: arity and types, once.
import type { BoltVersion, Dictionary, Unpacker } from "@bolt/framing";
import { AuthToken } from "./auth-token.ts";
import { dictionary, Failure } from "./failure.ts";
import { INVALID_FORMAT, refusal } from "./refusals.ts";
import { disabledKey, patches } from "./request-writer.ts";
import {
  AckFailure,
  Begin,
  type BoltAgent,
  Commit,
  Discard,
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

/**
 * Reads the fields of the request whose header the reader has just read.
 * Throws Failure when a field is of a wrong type, UnpackError when its bytes are no value.
 */
export function readRequest(
  unpacker: Unpacker,
  name: RequestName,
  size: number,
  version: BoltVersion,
): Request {
  const expected = arity(name, version);
  if (size !== expected) {
    const message = `Illegal struct size: ${name} has ${expected} fields in Bolt ${version}, got ${size}`;
    throw refusal(message, INVALID_FORMAT);
  }
  switch (name) {
    case "RUN": {
      const query = unpacker.read();
      if (typeof query !== "string") throw wrongType("query", "a string");
      const parameters = map(unpacker.read(), "parameters");
      return new Run(
        query,
        parameters,
        expected === 3 ? extraFromWire(map(unpacker.read(), "extra"), version) : {},
      );
    }
    case "PULL":
    case "DISCARD": {
      const extra: Dictionary = size === 0 ? { n: -1 } : map(unpacker.read(), "extra");
      const n = integer(extra["n"]);
      const wireQid = extra["qid"] ?? undefined;
      const qid = wireQid === undefined ? undefined : (integer(wireQid) ?? NaN);
      if (n === undefined || (n < 1 && n !== -1)) throw wrongType("n", "-1 or a number from 1 on");
      if (qid !== undefined && !(qid >= -1))
        throw wrongType("qid", "-1 or a number from 0 on", INVALID_FORMAT);
      return name === "PULL" ? new Pull(n, qid) : new Discard(n, qid);
    }
    case "HELLO":
      return readHello(unpacker, version);
    case "LOGON":
      return new Logon(authFromWire(map(unpacker.read(), "auth")));
    case "BEGIN":
      return new Begin(extraFromWire(map(unpacker.read(), "extra"), version));
    case "TELEMETRY": {
      const api = integer(unpacker.read());
      if (api === undefined || api < 0 || api > 3) throw wrongType("api", "a number from 0 to 3");
      return new Telemetry(api);
    }
    case "ROUTE": {
      const routing = texts(unpacker.read(), "routing") ?? {};
      const bookmarks = strings(unpacker.read(), "bookmarks") ?? [];
      const last = unpacker.read();
      const extra = version.atLeast(4, 4) ? map(last, "extra") : { db: last };
      return new Route({
        routing,
        bookmarks,
        db: optionalText(extra["db"], "db"),
        impUser: text(extra["imp_user"], "imp_user"),
      });
    }
    case "COMMIT":
      return new Commit();
    case "ROLLBACK":
      return new Rollback();
    case "RESET":
      return new Reset();
    case "GOODBYE":
      return new Goodbye();
    case "ACK_FAILURE":
      return new AckFailure();
    case "LOGOFF":
      return new Logoff();
  }
}

function arity(name: RequestName, version: BoltVersion): number {
  switch (name) {
    case "HELLO":
      return version.atLeast(3) ? 1 : 2;
    case "RUN":
      return version.atLeast(3) ? 3 : 2;
    case "PULL":
    case "DISCARD":
      return version.atLeast(4) ? 1 : 0;
    case "ROUTE":
      return 3;
    case "BEGIN":
    case "LOGON":
    case "TELEMETRY":
      return 1;
    default:
      return 0;
  }
}

const wrongType = (what: string, expected: string, code?: string): Failure =>
  refusal(`Illegal value for field "${what}": expected ${expected}`, code);

function map(value: unknown, what: string): Dictionary {
  const found = dictionary(value);
  if (!found) throw wrongType(what, "a map");
  return found;
}

/** An integer of the message itself is a number, whatever the caller wants integers of parameters to be. */
function integer(value: unknown): number | undefined {
  const number = typeof value === "bigint" ? Number(value) : value;
  return Number.isInteger(number) ? (number as number) : undefined;
}

/** A string; null and absent are the same: nothing was said. */
function text(value: unknown, what: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value !== "string") throw wrongType(what, "a string");
  return value;
}

/** As `text`, where "" says nothing either. It does not for users: work would be done with the rights of another. */
function optionalText(value: unknown, what: string): string | undefined {
  return text(value, what) || undefined;
}

function strings(value: unknown, what: string): string[] | undefined {
  if (value === undefined || value === null) return undefined;
  if (!Array.isArray(value) || !value.every((item) => typeof item === "string")) {
    throw wrongType(what, "a list of strings");
  }
  return value;
}

function texts(value: unknown, what: string): Record<string, string> | undefined {
  if (value === undefined || value === null) return undefined;
  const found = map(value, what);
  for (const entry of Object.values(found))
    if (typeof entry !== "string") throw wrongType(what, "a map of strings");
  return found as Record<string, string>;
}

function readHello(unpacker: Unpacker, version: BoltVersion): Hello {
  if (!version.atLeast(3)) {
    const userAgent = unpacker.read();
    if (typeof userAgent !== "string") throw wrongType("user_agent", "a string");
    const token = map(unpacker.read(), "auth_token");
    return new Hello({ userAgent, auth: authFromWire(token) });
  }
  const extra = map(unpacker.read(), "extra");
  const userAgent = optionalText(extra["user_agent"], "user_agent");
  if (userAgent === undefined) throw wrongType("user_agent", "a string");
  return new Hello({
    userAgent,
    boltAgent: agentFromWire(extra["bolt_agent"], version),
    auth: version.atLeast(5, 1) ? undefined : authFromWire(extra),
    routing: texts(extra["routing"], "routing"),
    patchBolt: patches(version) ? strings(extra["patch_bolt"], "patch_bolt") : undefined,
    ...filterFromWire(extra, version),
  });
}

function agentFromWire(value: unknown, version: BoltVersion): BoltAgent | undefined {
  if (!version.atLeast(5, 3)) return undefined;
  const agent = texts(value, "bolt_agent");
  if (agent?.["product"] === undefined) throw wrongType("bolt_agent", "a map with the key product");
  return {
    product: agent["product"],
    platform: agent["platform"],
    language: agent["language"],
    languageDetails: agent["language_details"],
  };
}

function authFromWire(token: Readonly<Dictionary>): AuthToken {
  const { scheme, principal, credentials, realm, parameters } = token;
  const refused = (message: string): Failure =>
    new Failure("Neo.ClientError.Security.Unauthorized", `Unsupported authentication token, ${message}`, {
      gqlStatus: "42NFF",
      description:
        "error: syntax error or access rule violation - permission/access denied. Access denied, see the security logs for details.",
      diagnosticRecord: { _classification: "CLIENT_ERROR" },
    });
  const word = (value: unknown, key: string): string | undefined => {
    if (value === undefined || value === null) return undefined;
    if (typeof value !== "string") throw refused(`the value of key \`${key}\` must be a string`);
    return value;
  };
  // Nothing at all is what drivers without a login send, and what servers that want none take.
  if (scheme === undefined && (principal ?? credentials) !== undefined) throw refused("missing key `scheme`");
  return new AuthToken({
    scheme: word(scheme, "scheme") ?? "none",
    principal: word(principal, "principal"),
    credentials: word(credentials, "credentials"),
    realm: word(realm, "realm"),
    parameters: dictionary(parameters),
  });
}

function filterFromWire(extra: Readonly<Dictionary>, version: BoltVersion): NotificationFilter {
  if (!version.atLeast(5, 2)) return {};
  // Neo4j takes it in any case; from here on it is one of three words.
  const severity = optionalText(
    extra["notifications_minimum_severity"],
    "notifications_minimum_severity",
  )?.toUpperCase();
  const disabled = strings(extra[disabledKey(version)], disabledKey(version));
  if (severity !== undefined && !/^(WARNING|INFORMATION|OFF)$/.test(severity)) {
    throw wrongType("notifications_minimum_severity", "WARNING, INFORMATION or OFF");
  }
  return {
    ...(severity !== undefined && { notificationsMinimumSeverity: severity }),
    ...(disabled && { notificationsDisabledClassifications: disabled }),
  };
}

const NOTHING: TransactionExtra = Object.freeze({});

function extraFromWire(extra: Readonly<Dictionary>, version: BoltVersion): TransactionExtra {
  for (const _ in extra) {
    const { tx_timeout: timeout, mode } = extra;
    const txTimeoutMs = timeout === undefined || timeout === null ? undefined : integer(timeout);
    if (timeout != null && txTimeoutMs === undefined) throw wrongType("tx_timeout", "an integer");
    if (mode !== undefined && mode !== null && mode !== "r" && mode !== "w")
      throw wrongType("mode", '"r" or "w"');
    const metadata = extra["tx_metadata"] ?? null;
    return {
      bookmarks: strings(extra["bookmarks"], "bookmarks"),
      txTimeoutMs,
      txMetadata: metadata === null ? undefined : map(metadata, "tx_metadata"),
      mode: mode ?? undefined,
      db: version.atLeast(4) ? optionalText(extra["db"], "db") : undefined,
      impUser: version.atLeast(4, 4) ? text(extra["imp_user"], "imp_user") : undefined,
      ...filterFromWire(extra, version),
    };
  }
  return NOTHING;
}
