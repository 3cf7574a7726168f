import { describe, expect, test } from "vitest";
import { hasToken, MAX_HEAD_BYTES, parseHead, readHead, response } from "./http-head.ts";

const bytes = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

describe("a head", () => {
  const text = "GET /x?y=1 HTTP/1.1\r\nHost: a:7687\r\nX-One:  1 \r\nx-one: 2\r\n\r\nrest";

  test.each([1, 2, 3, 7, 100])("in pieces of %i bytes", (size) => {
    let read: ReturnType<typeof readHead>;
    let at = 0;
    do read = readHead(bytes(text.slice(0, (at += size))));
    while (read === undefined);
    expect(read?.head.method).toBe("GET");
    expect(read?.head.target).toBe("/x?y=1");
    expect(Object.fromEntries(read!.head.headers)).toEqual({ host: "a:7687", "x-one": "1, 2" });
    expect(String.fromCharCode(...read!.rest)).toBe("rest".slice(0, at - text.length + 4));
  });

  test("that never ends is given up", () => {
    const start = "GET / HTTP/1.1\r\n";
    expect(readHead(bytes(start))).toBeUndefined();
    expect(readHead(bytes(start.padEnd(MAX_HEAD_BYTES, "A")))).toBeUndefined();
    expect(readHead(bytes(start.padEnd(MAX_HEAD_BYTES + 1, "A")))).toBeNull();
  });

  test("that is too long is refused even when it is whole", () => {
    expect(readHead(bytes(`GET / HTTP/1.1\r\nX: ${"y".repeat(MAX_HEAD_BYTES)}\r\n\r\n`))).toBeNull();
  });

  test.each([
    "",
    "GET /",
    "get / HTTP/1.1",
    "GET / HTTP/2.0",
    "GET / HTTP/1.1\r\nno colon",
    "GET / HTTP/1.1\r\n folded: x",
    "GET / HTTP/1.1\r\nbad name: x",
    "GET / HTTP/1.1\r\nX: a\nSet-Cookie: b",
    "GET / HTTP/1.1\r\nX: a\rb",
    "GET / HTTP/1.1\r\nX: a\0b",
  ])("%j is none", (head) => expect(parseHead(head)).toBeUndefined());
});

test("tokens are found in lists, in any case", () => {
  expect(hasToken("keep-alive, Upgrade", "upgrade")).toBe(true);
  expect(hasToken("upgraded", "upgrade")).toBe(false);
  expect(hasToken(undefined, "upgrade")).toBe(false);
});

test("a response has its length and closes", () => {
  expect(String.fromCharCode(...response(200, { "X-A": "1", "X-B": undefined }, "{}"))).toBe(
    "HTTP/1.1 200 OK\r\nX-A: 1\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",
  );
});
