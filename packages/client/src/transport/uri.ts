// Parses connection URIs. Knows the schemes and their meaning; opens nothing. No message repeats the user
// information of a URI: it may hold a password.
import { ConfigError } from "../errors.ts";
import { Address, BRACKETS, parseAddress } from "./address.ts";
import type { Encryption } from "./tls.ts";

/** A parsed connection URI. */
export interface ParsedUri {
  readonly scheme: string;
  readonly address: Address;
  /** True for `neo4j` schemes: the cluster's routing table decides where work goes. */
  readonly routing: boolean;
  readonly encryption: Encryption;
  readonly webSocket: boolean;
  /** The query part of a `neo4j` URI: the routing context for the servers. */
  readonly context: Readonly<Record<string, string>>;
}

const ENCRYPTION: Readonly<Record<string, Encryption>> = {
  bolt: "none",
  neo4j: "none",
  ws: "none",
  "bolt+unix": "none",
  "bolt+s": "verified",
  "neo4j+s": "verified",
  wss: "verified",
  "bolt+ssc": "any",
  "neo4j+ssc": "any",
};

/** Parses `scheme://host[:port][?context]`, `bolt+unix:///path/to/socket` or a WebSocket URL. Throws ConfigError. */
export function parseUri(uri: string): ParsedUri {
  const fail = (why: string): never => {
    // Hides user information and shows the rest as written.
    throw new ConfigError(`invalid URI "${uri.replace(/\/\/[^/?#]*@/, "//*****@")}": ${why}`);
  };
  const match = /^([a-z][a-z0-9+.-]*):\/\/([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?$/i.exec(uri.trim());
  if (match === null) return fail('expected a scheme and a host, as "neo4j://localhost:7687"');
  const [, schemeText = "", authority = "", path = "", query = "", fragment] = match;
  const scheme = schemeText.toLowerCase();
  const encryption = Object.hasOwn(ENCRYPTION, scheme) ? ENCRYPTION[scheme] : undefined;
  if (encryption === undefined) {
    const hint = scheme.startsWith("http") ? "; Bolt has another port than HTTP, by default 7687" : "";
    return fail(`unknown scheme "${scheme}", expected one of ${Object.keys(ENCRYPTION).join(", ")}${hint}`);
  }
  if (authority.includes("@"))
    return fail("credentials do not belong here, give them as auth.basic(user, password)");
  if (/^[^[]*:.*:/.test(authority)) return fail(BRACKETS);
  if (fragment !== undefined) return fail("a fragment (#…) is not allowed here");
  const webSocket = scheme.startsWith("ws");
  const routing = scheme.startsWith("neo4j");
  const result = (address: Address, context = {}): ParsedUri => ({
    scheme,
    encryption,
    webSocket,
    routing,
    address,
    context,
  });
  if (query.length > 1 && !routing && !webSocket)
    return fail(`"${scheme}" takes no routing context (?…), only "neo4j" schemes do`);
  if (scheme === "bolt+unix") {
    if (authority !== "" || path.length < 2) return fail('expected a path, as "bolt+unix:///run/neo4j.sock"');
    return result(new Address("", 0, decode(path, fail)));
  }
  const address = parseAddress(authority, webSocket ? (scheme === "ws" ? 80 : 443) : undefined);
  if (typeof address === "string") return fail(address);
  if (webSocket) return result(new Address(address.host, address.port, path + query));
  if (path !== "" && path !== "/")
    return fail("a path is not allowed here; the database is named by { database }");
  return result(address, parseContext(query, fail));
}

type Fail = (why: string) => never;

function decode(text: string, fail: Fail): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return fail(`"${text}" is not percent-encoded correctly`);
  }
}

function parseContext(query: string, fail: Fail): Record<string, string> {
  const context = new Map<string, string>();
  for (const entry of query.slice(1).split("&")) {
    if (entry === "") continue;
    const [key = "", value = "", ...rest] = entry.split("=").map((part) => decode(part, fail).trim());
    if (key === "" || value === "" || rest.length > 0)
      return fail(`routing context "${entry}" is not key=value`);
    if (key === "address") return fail('the routing context key "address" is reserved for the driver');
    if (context.has(key)) return fail(`the routing context key "${key}" occurs twice`);
    context.set(key, value);
  }
  return Object.fromEntries(context);
}
