// One port for everything: what the first bytes lead to.
import { ClientConnection } from "@bolt/protocol";
import { describe, expect, test } from "vitest";
import { detect } from "../src/incoming.ts";
import { createServer, type ServerOptions } from "../src/index.ts";
import { FakeClock } from "./fake-clock.ts";
import { FakeDuplex } from "./fake-duplex.ts";

const latin1 = (text: string): Uint8Array => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

function knock(options: ServerOptions = {}) {
  const clock = new FakeClock();
  const server = createServer(
    { run: () => ({ keys: ["one"], records: [[1]] }) },
    { clock, logger: {}, ...options },
  );
  const duplex = new FakeDuplex();
  const received: number[] = [];
  duplex.received = (bytes) => received.push(...bytes);
  server.accept(duplex);
  return { clock, duplex, server, received, text: () => String.fromCharCode(...received) };
}

async function ask(request: string, options: ServerOptions = {}) {
  const { duplex, clock, text } = knock(options);
  duplex.send(latin1(request.replaceAll("\n", "\r\n")));
  await clock.settle();
  const [head = "", body = ""] = text().split("\r\n\r\n");
  const headers = Object.fromEntries(
    head
      .split("\r\n")
      .slice(1)
      .map((line) => line.split(": ") as [string, string]),
  );
  return { status: Number(head.split(" ")[1]), headers, body, duplex };
}

describe("the first bytes", () => {
  test.each<[string, number[] | string, string]>([
    ["Bolt", [0x60, 0x60, 0xb0, 0x17, 0, 0], "bolt"],
    ["GET", "GET / HTTP/1.1", "http"],
    ["OPTIONS", "OPTIONS / HTTP/1.1", "http"],
    ["POST", "POST / HTTP/1.1", "http"],
    ["TLS where there is none", [0x16, 3, 1, 0, 5], "nothing known"],
    ["SSH", "SSH-2.0", "nothing known"],
    ["zeros", [0, 0, 0, 0], "nothing known"],
    ["almost Bolt", [0x60, 0x60, 0xb0, 0x18], "nothing known"],
  ])("%s", (_, start, is) => {
    const bytes = typeof start === "string" ? latin1(start) : Uint8Array.from(start);
    expect(detect(bytes)).toBe(is);
    // Nothing is decided while more bytes could still change it.
    for (let n = 1; n < bytes.length; n++) expect([undefined, is]).toContain(detect(bytes.subarray(0, n)));
  });

  test("of an unknown protocol end the connection without an answer", async () => {
    const { duplex, clock } = knock();
    duplex.send(latin1("EHLO mail\r\n"));
    await clock.settle();
    expect(duplex.writes).toEqual([]);
    expect(duplex.destroyed).toBe(true);
  });

  test("that do not come end it after a while", async () => {
    const { duplex, clock } = knock({ limits: { loginTimeoutMs: 1000 } });
    duplex.send(Uint8Array.of(0x60));
    await clock.advance(1000);
    expect(duplex.destroyed).toBe(true);
    expect(clock.timers).toBe(0);
  });
});

describe("plain HTTP", () => {
  test("gets the addresses", async () => {
    const { status, headers, body, duplex } = await ask("GET / HTTP/1.1\nHost: db.example:7687\n\n");
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      "Content-Type": "application/json",
      "Access-Control-Allow-Origin": "*",
      Connection: "close",
    });
    expect(JSON.parse(body)).toEqual({
      bolt_routing: "neo4j://db.example:7687",
      bolt_direct: "bolt://db.example:7687",
      neo4j_version: "5.26.0",
      neo4j_edition: "community",
      auth_config: { oidc_providers: [] },
    });
    expect(duplex.closed).toBe(true);
  });

  test("gets the providers and further entries of the options", async () => {
    const discovery = { authProviders: [{ id: "sso" }], entries: { motd: "hi" } };
    const { body } = await ask("GET / HTTP/1.1\n\n", { discovery, advertisedAddress: "a:1" });
    expect(JSON.parse(body)).toMatchObject({
      auth_config: { oidc_providers: [{ id: "sso" }] },
      motd: "hi",
      bolt_direct: "bolt://a:1",
    });
  });

  test("gets its preflight answered", async () => {
    const { status, headers } = await ask(
      "OPTIONS / HTTP/1.1\nOrigin: https://a\nAccess-Control-Request-Headers: x-y\nAccess-Control-Request-Private-Network: true\n\n",
    );
    expect(status).toBe(204);
    expect(headers).toMatchObject({
      "Access-Control-Allow-Headers": "x-y",
      "Access-Control-Allow-Private-Network": "true",
    });
  });

  test("may be read only by pages that may connect", async () => {
    const options = { webSocket: { origins: ["https://a"] } };
    expect(
      (await ask("GET / HTTP/1.1\nOrigin: https://a\n\n", options)).headers["Access-Control-Allow-Origin"],
    ).toBe("https://a");
    expect(
      (await ask("GET / HTTP/1.1\nOrigin: https://b\n\n", options)).headers["Access-Control-Allow-Origin"],
    ).toBeUndefined();
  });

  test("gets nothing else", async () => {
    expect((await ask("POST / HTTP/1.1\n\n")).status).toBe(405);
  });

  test("gets the same head without the body", async () => {
    const whole = await ask("GET / HTTP/1.1\nHost: a\n\n");
    const { status, headers, body } = await ask("HEAD / HTTP/1.1\nHost: a\n\n");
    expect([status, headers, body]).toEqual([200, whole.headers, ""]);
    expect(headers["Content-Length"]).toBe(String(whole.body.length));
  });

  test("can be switched off", async () => {
    const { duplex } = await ask("GET / HTTP/1.1\n\n", { discovery: false });
    expect([duplex.destroyed, duplex.writes.length]).toEqual([true, 0]);
  });

  test("that is broken is cut off", async () => {
    expect((await ask("GET / HTTP/1.1\nnonsense\n\n")).duplex.destroyed).toBe(true);
  });
});

const KEY = "dGhlIHNhbXBsZSBub25jZQ==";
const upgrade = (headers: Record<string, string | undefined> = {}, path = "/"): string => {
  const all: Record<string, string | undefined> = {
    Host: "a",
    Upgrade: "websocket",
    Connection: "keep-alive, Upgrade",
    "Sec-WebSocket-Key": KEY,
    "Sec-WebSocket-Version": "13",
    ...headers,
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  return [`GET ${path} HTTP/1.1`, ...lines, "", ""].join("\n");
};

describe("a WebSocket's handshake", () => {
  test("is answered, its protocol echoed, compression declined", async () => {
    const { status, headers, duplex } = await ask(
      upgrade({ "Sec-WebSocket-Protocol": "bolt, other", "Sec-WebSocket-Extensions": "permessage-deflate" }),
    );
    expect(status).toBe(101);
    expect(headers).toEqual({
      Upgrade: "websocket",
      Connection: "Upgrade",
      "Sec-WebSocket-Accept": "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
      "Sec-WebSocket-Protocol": "bolt",
    });
    expect(duplex.closed).toBe(false);
  });

  test.each([{ Upgrade: undefined }, { Connection: "keep-alive" }])(
    "needs both words, not %o",
    async (headers) => {
      expect((await ask(upgrade(headers))).status).toBe(200);
    },
  );

  test.each<[string, Record<string, string | undefined>, number]>([
    ["without a key", { "Sec-WebSocket-Key": undefined }, 400],
    ["with half a key", { "Sec-WebSocket-Key": "abc=" }, 400],
    ["of another version", { "Sec-WebSocket-Version": "8" }, 426],
    ["of a page that may not", { Origin: "https://b" }, 403],
  ])("%s is refused", async (_, headers, status) => {
    const answer = await ask(upgrade(headers), {
      webSocket: { origins: (origin) => origin === "https://a" },
    });
    expect(answer.status).toBe(status);
    expect(answer.duplex.closed).toBe(true);
  });

  test("of a page that may, and of a program that is no page, is answered", async () => {
    const options = { webSocket: { origins: ["https://a"] } };
    expect((await ask(upgrade({ Origin: "https://a" }), options)).status).toBe(101);
    expect((await ask(upgrade(), options)).status).toBe(101);
  });

  test.each<[string, string, ServerOptions]>([
    [
      "a check of origins that throws",
      upgrade({ Origin: "null" }),
      { webSocket: { origins: (origin) => new URL(origin).host === "a" } },
    ],
    ["an entry of discovery that is no JSON", "GET / HTTP/1.1\n\n", { discovery: { entries: { big: 1n } } }],
  ])("%s costs the connection, and nothing else", async (_, request, options) => {
    const log: string[] = [];
    const { duplex } = await ask(request, { ...options, logger: { error: (text) => void log.push(text) } });
    expect([duplex.destroyed, log]).toEqual([true, ["a connection has failed"]]);
  });

  test("where there is none gets discovery", async () => {
    expect((await ask(upgrade(), { webSocket: false })).status).toBe(200);
  });
});

/** Client frames around bytes. */
function frames(bytes: Uint8Array, opcode = 2): Uint8Array {
  const head = bytes.length < 126 ? [0x80 | bytes.length] : [0xfe, bytes.length >> 8, bytes.length & 255];
  return Uint8Array.from([
    0x80 | opcode,
    ...head,
    1,
    2,
    3,
    4,
    ...bytes.map((byte, i) => byte ^ ((i & 3) + 1)),
  ]);
}

/** Payloads of a server's frames, by opcode. */
function unframe(bytes: readonly number[]): [opcode: number, payload: number[]][] {
  const found: [number, number[]][] = [];
  for (let at = 0; at < bytes.length;) {
    const short = bytes[at + 1]!;
    const length = short < 126 ? short : (bytes[at + 2]! << 8) | bytes[at + 3]!;
    const start = at + (short < 126 ? 2 : 4);
    found.push([bytes[at]! & 15, bytes.slice(start, start + length)]);
    at = start + length;
  }
  return found;
}

describe("Bolt over a WebSocket", () => {
  async function connected(cut = Infinity) {
    const meeting = knock();
    const { duplex, clock, received } = meeting;
    const client = new ClientConnection({ versions: ["5.4"] });
    duplex.send(latin1(upgrade().replaceAll("\n", "\r\n")));
    await clock.settle();
    received.length = 0;
    const events: unknown[] = [];
    const exchange = async (): Promise<void> => {
      for (let bytes; (bytes = client.bytesToSend());) {
        const framed = frames(bytes);
        for (let at = 0; at < framed.length; at += cut) duplex.send(framed.slice(at, at + cut));
        await clock.settle();
        for (const [opcode, payload] of unframe(received.splice(0))) {
          if (opcode === 2) client.receive(Uint8Array.from(payload));
        }
        for (let event; (event = client.nextEvent());) events.push(event);
      }
    };
    await exchange();
    client.hello({ userAgent: "ws", boltAgent: { product: "ws" } });
    client.logon({ scheme: "none" });
    await exchange();
    return { ...meeting, client, exchange, events };
  }

  test.each([Infinity, 1, 7])("in pieces of %d bytes", async (cut) => {
    const { client, exchange, events } = await connected(cut);
    client.run("RETURN 1");
    client.pull();
    await exchange();
    expect(events).toContainEqual(expect.objectContaining({ type: "RecordReceived", records: [[1]] }));
  });

  test("answers pings, and a close in kind", async () => {
    const { duplex, clock, received } = await connected();
    duplex.send(frames(Uint8Array.of(5, 6), 9));
    duplex.send(frames(Uint8Array.of(3, 232), 8));
    await clock.settle();
    expect(unframe(received)).toEqual([
      [10, [5, 6]],
      [8, [3, 232]],
    ]);
    expect(duplex.closed).toBe(true);
  });

  test("is closed with a frame when the client says goodbye", async () => {
    const { duplex, clock, received, client } = await connected();
    client.goodbye();
    duplex.send(frames(client.bytesToSend()!));
    await clock.settle();
    expect(unframe(received)).toEqual([[8, [3, 232]]]);
    expect(duplex.closed).toBe(true);
  });

  test("that breaks the rules is closed, and its transaction with it", async () => {
    const { duplex, clock, received, server } = await connected();
    duplex.send(Uint8Array.of(0x82, 1, 0));
    await clock.settle();
    expect(unframe(received)).toEqual([[8, [3, 234]]]);
    expect(server.metrics.connections).toBe(0);
  });
});
