import { describe, expect, test } from "vitest";
import { ConfigError } from "../errors.ts";
import { parseUri } from "./uri.ts";

const good: readonly (readonly [uri: string, facts: object, address: string])[] = [
  [
    "bolt://localhost",
    { scheme: "bolt", routing: false, encryption: "none", webSocket: false },
    "localhost:7687",
  ],
  ["bolt+s://db.example.com:7688", { encryption: "verified" }, "db.example.com:7688"],
  ["bolt+ssc://db.example.com", { encryption: "any", routing: false }, "db.example.com:7687"],
  ["neo4j://localhost:1", { routing: true, encryption: "none" }, "localhost:1"],
  ["neo4j+s://a", { routing: true, encryption: "verified" }, "a:7687"],
  ["neo4j+ssc://a", { routing: true, encryption: "any" }, "a:7687"],
  ["NEO4J+S://A.example", { scheme: "neo4j+s" }, "A.example:7687"],
  ["bolt://[::1]", {}, "[::1]:7687"],
  ["bolt://[2001:db8::7]:7000/", {}, "[2001:db8::7]:7000"],
  ["bolt://[fe80::1%25eth0]:7000", {}, "[fe80::1%eth0]:7000"],
  ["bolt://127.0.0.1:65535", {}, "127.0.0.1:65535"],
  ["neo4j://h?region=eu&policy=a%20b", { context: { region: "eu", policy: "a b" } }, "h:7687"],
  ["neo4j://h/?region=eu", { context: { region: "eu" } }, "h:7687"],
  ["neo4j://h?", { context: {} }, "h:7687"],
  ["bolt://h?", { context: {} }, "h:7687"],
  ["bolt+unix:///run/neo4j/bolt.sock", { routing: false, encryption: "none" }, "/run/neo4j/bolt.sock"],
  ["bolt+unix:///run/my%20db.sock", {}, "/run/my db.sock"],
  ["ws://h", { webSocket: true, routing: false, encryption: "none" }, "h:80"],
  ["wss://h/bolt?key=1", { webSocket: true, encryption: "verified" }, "h:443"],
  ["  bolt://h  ", {}, "h:7687"],
];

const bad: readonly (readonly [uri: string, why: RegExp])[] = [
  ["localhost:7687", /expected a scheme and a host/],
  ["localhost", /expected a scheme and a host/],
  ["", /expected a scheme/],
  ["bolt:localhost", /expected a scheme/],
  ["http://localhost:7474", /unknown scheme "http".*bolt, neo4j.*7687/],
  ["bolt+s+c://h", /unknown scheme/],
  ["constructor://h", /unknown scheme/],
  ["bolt://", /host is missing/],
  ["bolt://:7687", /host is missing/],
  ["bolt://h:0", /1 to 65535/],
  ["bolt://h:65536", /1 to 65535, not "65536"/],
  ["bolt://h:abc", /1 to 65535, not "abc"/],
  ["bolt://h:", /1 to 65535, not ""/],
  ["bolt://a b", /not a host name/],
  ["bolt://[::1", /brackets/],
  ["bolt://::1:7687", /brackets/],
  ["neo4j://::1", /brackets/],
  ["bolt://[localhost]", /not an IPv6 address/],
  ["bolt://h/neo4j", /\{ database \}/],
  ["bolt://h#x", /fragment/],
  ["bolt://h?region=eu", /no routing context/],
  ["bolt+s://h?region=eu", /"bolt\+s" takes no routing context/],
  ["neo4j://h?region", /not key=value/],
  ["neo4j://h?region=", /not key=value/],
  ["neo4j://h?=eu", /not key=value/],
  ["neo4j://h?a=b=c", /not key=value/],
  ["neo4j://h?a=1&a=2", /twice/],
  ["neo4j://h?address=x", /reserved/],
  ["neo4j://h?a=%zz", /percent-encoded/],
  ["bolt+unix://host/path", /expected a path/],
  ["bolt+unix:///", /expected a path/],
  ["bolt+unix:///x?a=1", /routing context/],
];

describe("parseUri", () => {
  test.each(good)("%s", (uri, facts, address) => {
    const parsed = parseUri(uri);
    expect(parsed).toMatchObject(facts);
    expect(parsed.address.toString()).toBe(address);
  });

  test.each(bad)("refuses %s", (uri, why) => {
    expect(() => parseUri(uri)).toThrow(ConfigError);
    expect(() => parseUri(uri)).toThrow(why);
  });

  test("shows no password", () => {
    for (const uri of ["bolt://neo4j:secret@localhost", "bolt://neo4j:secret@[::1", "ftp://neo4j:secret@x"]) {
      const error = (() => {
        try {
          return parseUri(uri);
        } catch (caught) {
          return caught as Error;
        }
      })() as Error;
      expect(error.message).not.toContain("secret");
      expect(error.message).toContain("*****@");
    }
  });

  test("keeps path and query of a WebSocket URL", () => {
    expect(parseUri("wss://h:1/a/b?c=d").address.path).toBe("/a/b?c=d");
  });
});
