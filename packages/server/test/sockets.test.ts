// Real sockets: TCP, TLS, another HTTP server, and the streams of other runtimes.
import { once } from "node:events";
import { createServer as createHttpServer } from "node:http";
import { type AddressInfo, connect, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { duplexPair } from "node:stream";
import {
  connect as connectTls,
  type ConnectionOptions,
  createSecureContext,
  type TlsOptions as NodeTlsOptions,
  type TLSSocket,
} from "node:tls";
import { ClientConnection } from "@bolt/protocol";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  type Backend,
  type Client,
  createServer,
  type Server,
  type ServerOptions,
  type TlsOptions,
  type WebSocketLike,
} from "../src/index.ts";
import { WebSocketLikeDuplex } from "../src/transport/web-streams.ts";
import * as certificates from "./certificates.ts";

const running: Server[] = [];
afterEach(() => Promise.all(running.splice(0).map((server) => server.close({ graceMs: 0 }))));

let seen: Client | undefined;
const backend: Backend = {
  run: (_, { client }) => {
    seen = client;
    return { keys: ["one"], records: [[1]] };
  },
};

function serve(options: ServerOptions = {}): Server {
  const server = createServer(backend, { logger: {}, ...options });
  running.push(server);
  return server;
}

interface Stream {
  on(event: string, listener: (...args: never[]) => void): unknown;
  write(bytes: Uint8Array): unknown;
}

/** Speaks Bolt over a stream until a query is answered; resolves with its row. */
async function query(stream: Stream): Promise<unknown> {
  const client = new ClientConnection({ versions: ["5.4"] });
  const send = (): void => {
    const bytes = client.bytesToSend();
    if (bytes) stream.write(bytes);
  };
  return new Promise((resolve, reject) => {
    stream.on("close", () => reject(new Error("closed")));
    stream.on("error", reject);
    stream.on("data", (bytes: Uint8Array) => {
      client.receive(bytes);
      for (let event; (event = client.nextEvent());) {
        if (event.type === "VersionNegotiated") {
          client.hello({ userAgent: "socket", boltAgent: { product: "socket" } });
          client.logon({ scheme: "none" });
          client.run("q");
          client.pull();
        } else if (event.type === "RecordReceived") resolve(event.records[0]);
      }
      send();
    });
    send();
  });
}

/** Where Windows has pipes by name, others have sockets in the file system. */
const socketPath = (name: string): string =>
  process.platform === "win32"
    ? `\\\\.\\pipe\\${name}-${process.pid}`
    : join(tmpdir(), `${name}-${process.pid}.sock`);
const tcp = (port: number): Socket => connect({ port, host: "127.0.0.1" });
const secure = (port: number, options: ConnectionOptions = {}): TLSSocket =>
  connectTls({ port, host: "127.0.0.1", ca: certificates.CA, servername: "localhost", ...options });

describe("TCP", () => {
  test("on a port that is free, as the client reached it", async () => {
    const { port, address } = await serve().listen({ port: 0 });
    expect(address).toBe(`127.0.0.1:${port}`);
    const socket = tcp(port);
    expect(await query(socket)).toEqual([1]);
    expect(seen).toMatchObject({ transport: "tcp", encrypted: false, localAddress: address });
    expect(seen?.remoteAddress).toBe(`127.0.0.1:${socket.localPort}`);
    socket.destroy();
  });

  test("on several ports, and on a path", async () => {
    const server = serve();
    const first = await server.listen({ port: 0 });
    const second = await server.listen({ port: 0 });
    const path = socketPath("bolt");
    expect(await server.listen({ path })).toMatchObject({ address: path });
    for (const socket of [tcp(first.port), tcp(second.port), connect({ path })]) {
      expect(await query(socket)).toEqual([1]);
      socket.destroy();
    }
  });

  test("on a port that is taken fails", async () => {
    const { port } = await serve().listen({ port: 0 });
    await expect(serve().listen({ port })).rejects.toMatchObject({ code: "EADDRINUSE" });
  });

  test.each([
    [{ prot: 1 }, "unknown option: prot; known: port, host, path, backlog"],
    [{ port: 70_000 }, "option port: expected a port from 0 to 65535, got 70000"],
    [{ port: null }, "option port: expected a port from 0 to 65535, got null"],
    [{ host: 1 }, "option host: expected string, got 1"],
  ])("refuses to listen on %o", async (options, message) => {
    await expect(serve().listen(options as object)).rejects.toMatchObject({ code: "CONFIG_ERROR", message });
  });

  test("the client sees the failure of a bad login, and then the end", async () => {
    const server = createServer(
      { ...backend, authenticate: () => false },
      { logger: {}, limits: { failedLoginDelayMs: 0 } },
    );
    running.push(server);
    const { port } = await server.listen({ port: 0 });
    const socket = tcp(port);
    const client = new ClientConnection({ versions: ["5.4"] });
    const codes: unknown[] = [];
    socket.on("data", (bytes) => {
      client.receive(bytes);
      for (let event; (event = client.nextEvent());) {
        if (event.type === "VersionNegotiated") {
          client.hello({ userAgent: "x", boltAgent: { product: "x" } });
          client.logon({ scheme: "none" });
          // More than the server will ever read: unread bytes must not cost the answer.
          for (let i = 0; i < 1000; i++) {
            client.run("q");
            client.pull();
          }
        } else if (event.type === "ResponseReceived" && "code" in event.response)
          codes.push(event.response.code);
      }
      const out = client.bytesToSend();
      if (out) socket.write(out);
    });
    socket.write(client.bytesToSend()!);
    await once(socket, "end");
    expect(codes).toEqual(["Neo.ClientError.Security.Unauthorized"]);
  });

  test("close() ends what is open, and resolves", async () => {
    const server = serve();
    const { port } = await server.listen({ port: 0 });
    const socket = tcp(port);
    await query(socket);
    const ended = once(socket, "close");
    await server.close();
    await ended;
    const late = tcp(port);
    await once(late, "error");
    expect(server.metrics.connections).toBe(0);
  });
});

describe("TLS on the same port", () => {
  const { SERVER, SECOND, HOST, CLIENT, CA } = certificates;

  test("a client that speaks it is served", async () => {
    const { port } = await serve({ tls: SERVER }).listen({ port: 0 });
    const socket = secure(port);
    expect(await query(socket)).toEqual([1]);
    expect(seen).toMatchObject({ transport: "tls", encrypted: true, serverName: "localhost" });
    socket.destroy();
  });

  test("a client that does not is closed by default, and served if allowed", async () => {
    const { port } = await serve({ tls: SERVER }).listen({ port: 0 });
    await expect(query(tcp(port))).rejects.toThrow();
    const optional = await serve({ tls: { ...SERVER, mode: "optional" } }).listen({ port: 0 });
    for (const socket of [tcp(optional.port), secure(optional.port)]) {
      expect(await query(socket)).toEqual([1]);
      socket.destroy();
    }
  });

  test("a client that sends in pieces is served", async () => {
    const { port } = await serve({ tls: { ...SERVER, mode: "optional" } }).listen({ port: 0 });
    const socket = tcp(port);
    await once(socket, "connect");
    socket.setNoDelay(true);
    const dribble = {
      on: (event: string, listener: (...args: never[]) => void) => socket.on(event, listener as never),
      write: (bytes: Uint8Array) => bytes.forEach((byte) => socket.write(Uint8Array.of(byte))),
    };
    expect(await query(dribble)).toEqual([1]);
    socket.destroy();
  });

  test("many handshakes at once on a path, one of them broken off", async () => {
    const path = socketPath("bolt-tls");
    await serve({ tls: SERVER }).listen({ path });
    const plain = connect({ path });
    plain.on("error", () => {});
    plain.write(Uint8Array.of(0x16, 3, 1));
    const sockets = Array.from({ length: 5 }, () =>
      connectTls({ path, ca: certificates.CA, servername: "localhost" }),
    );
    plain.destroy();
    expect(await Promise.all(sockets.map(query))).toEqual(sockets.map(() => [1]));
    for (const socket of sockets) socket.destroy();
  });

  // Elsewhere a machine has only one address of this kind.
  test.runIf(process.platform === "linux")(
    "handshakes at once from one port to several addresses of this machine",
    async () => {
      const { port } = await serve({ tls: SERVER }).listen({ port: 0, host: "0.0.0.0" });
      const { port: localPort } = await serve().listen({ port: 0 });
      await running.pop()?.close();
      const plain = ["127.0.0.1", "127.0.0.2"].map((host) =>
        connect({ port, host, localAddress: "127.0.0.1", localPort }),
      );
      await Promise.all(plain.map((socket) => once(socket, "connect")));
      const sockets = plain.map((socket) => secure(port, { socket }));
      expect(await Promise.all(sockets.map(query))).toEqual([[1], [1]]);
      for (const socket of sockets) socket.destroy();
    },
  );

  test("a certificate by the name that the client asks for", async () => {
    const { port } = await serve({ tls: { ...SERVER, hosts: { "*.example.test": HOST } } }).listen({
      port: 0,
    });
    const named = secure(port, { servername: "db.example.test" });
    await once(named, "secureConnect");
    expect(named.getPeerCertificate().subject.CN).toBe("*.example.test");
    const other = secure(port);
    await once(other, "secureConnect");
    expect(other.getPeerCertificate().subject.CN).toBe("localhost");
    named.destroy();
    other.destroy();
  });

  test("new certificates while it runs", async () => {
    const server = serve({ tls: SERVER });
    const { port } = await server.listen({ port: 0 });
    const before = secure(port);
    await query(before);
    server.setTls(SECOND);
    const after = secure(port);
    await once(after, "secureConnect");
    expect(after.getPeerCertificate().subject.CN).toBe("localhost2");
    expect(before.destroyed).toBe(false);
    before.destroy();
    after.destroy();
    expect(() => serve().setTls(SERVER)).toThrow("without TLS");
  });

  test("a certificate of the client, asked for", async () => {
    const { port } = await serve({ tls: { ...SERVER, ca: CA, clientCertificate: "request" } }).listen({
      port: 0,
    });
    const known = secure(port, CLIENT);
    await query(known);
    expect(seen?.peerCertificate).toMatchObject({ subject: { CN: "ann" } });
    const unknown = secure(port);
    await query(unknown);
    expect(seen?.peerCertificate).toBeUndefined();
    known.destroy();
    unknown.destroy();
  });

  test("a certificate of the client, insisted on", async () => {
    const { port } = await serve({ tls: { ...SERVER, ca: CA, clientCertificate: "require" } }).listen({
      port: 0,
    });
    await expect(query(secure(port))).rejects.toThrow();
    const known = secure(port, CLIENT);
    expect(await query(known)).toEqual([1]);
    known.destroy();
  });

  test("a certificate of the client, at a name with a certificate of its own", async () => {
    const tls = {
      ...SERVER,
      ca: CA,
      clientCertificate: "require",
      hosts: { "*.example.test": HOST },
    } as const;
    const { port } = await serve({ tls }).listen({ port: 0 });
    const known = secure(port, { ...CLIENT, servername: "db.example.test" });
    expect(await query(known)).toEqual([1]);
    expect(seen?.peerCertificate).toMatchObject({ subject: { CN: "ann" } });
    known.destroy();
    await expect(query(secure(port, { servername: "db.example.test" }))).rejects.toThrow();
  });

  test("Node's own options are passed on unchanged", async () => {
    const context = createSecureContext({ ...HOST, ca: CA });
    const asNode: NodeTlsOptions = {
      ...SERVER,
      ca: [CA],
      requestCert: true,
      SNICallback: (name, done) => done(null, name.endsWith(".example.test") ? context : undefined),
    };
    const tls: TlsOptions = asNode;
    const { port } = await serve({ tls }).listen({ port: 0 });
    await expect(query(secure(port)), "without a certificate").rejects.toThrow();
    const named = secure(port, { ...CLIENT, servername: "db.example.test" });
    expect(await query(named)).toEqual([1]);
    expect(named.getPeerCertificate().subject.CN).toBe("*.example.test");
    expect(seen?.peerCertificate).toMatchObject({ subject: { CN: "ann" } });
    named.destroy();
  });

  test("options that name no certificate are refused at once", () => {
    expect(() => serve({ tls: {} })).toThrow("expected cert and key, or pfx");
    expect(() => serve({ tls: { cert: SERVER.cert } })).toThrow("cert and key belong together");
    expect(() => serve({ tls: { hosts: { "a.b": {} } } })).toThrow(
      'tls.hosts["a.b"]: expected cert and key, or pfx',
    );
    expect(() => serve({ tls: { hosts: { "a.b": HOST } } })).not.toThrow();
    expect(() => serve({ tls: SERVER }).setTls({ key: SERVER.key })).toThrow("cert and key belong together");
    // @ts-expect-error a misspelt option is no option
    expect(() => serve({ tls: { ...SERVER, modus: "optional" } })).not.toThrow();
  });

  test("a broken handshake does not affect other clients", async () => {
    const server = serve({ tls: SERVER });
    const { port } = await server.listen({ port: 0 });
    const socket = tcp(port);
    socket.write(Uint8Array.of(0x16, 3, 1, 0, 5, 99, 0, 0, 1, 0));
    socket.on("error", () => {}).resume();
    await once(socket, "close");
    const good = secure(port);
    expect(await query(good)).toEqual([1]);
    good.destroy();
  });

  test("discovery and WebSocket inside TLS", async () => {
    const { port, address } = await serve({ tls: SERVER }).listen({ port: 0 });
    const ask = async (head: string): Promise<string> => {
      const socket = secure(port);
      socket.write(`GET / HTTP/1.1\r\nHost: ${address}\r\n${head}\r\n`);
      const [reply] = (await once(socket, "data")) as [Buffer];
      socket.destroy();
      return reply.toString();
    };
    expect(await ask("")).toContain(`"bolt_direct":"bolt+s://${address}"`);
    const key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n";
    const upgraded = await ask(`Connection: Upgrade\r\nUpgrade: websocket\r\n${key}`);
    expect(upgraded).toMatch(/^HTTP\/1\.1 101 [^]*s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=/);
  });

  test("TLS inside TLS is closed without an answer, as an unknown protocol", async () => {
    const server = serve({ tls: SERVER });
    const left = new Promise<string>((resolve) => server.on("disconnect", ({ reason }) => resolve(reason)));
    const { port } = await server.listen({ port: 0 });
    const outer = secure(port);
    await once(outer, "secureConnect");
    const answer: Buffer[] = [];
    outer.on("error", () => {}).on("data", (bytes: Buffer) => answer.push(bytes));
    outer.write(Uint8Array.of(0x16, 3, 1, 0, 5, 99, 0, 0, 1, 0));
    await once(outer, "close");
    expect([answer, await left, server.metrics.connections]).toEqual([[], "no Bolt", 0]);
  });
});

test("another HTTP server hands over its upgrades", async () => {
  const server = serve();
  const http = createHttpServer((_, response) => response.end("mine")).on("upgrade", server.upgradeHandler);
  await new Promise<void>((resolve) => http.listen(0, "127.0.0.1", resolve));
  const { port } = http.address() as AddressInfo;
  expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe("mine");

  const socket = new WebSocket(`ws://127.0.0.1:${port}/any/path`);
  socket.binaryType = "arraybuffer";
  await new Promise((resolve) => socket.addEventListener("open", resolve));
  const row = await query({
    write: (bytes) => socket.send(bytes),
    on: (event, listener) => {
      if (event === "data") {
        socket.addEventListener("message", ({ data }) =>
          listener(new Uint8Array(data as ArrayBuffer) as never),
        );
      }
    },
  });
  expect(row).toEqual([1]);
  expect(seen).toMatchObject({ transport: "websocket", localAddress: `127.0.0.1:${port}`, encrypted: false });
  const closed = new Promise<CloseEvent>((resolve) => socket.addEventListener("close", resolve));
  await server.close();
  expect((await closed).wasClean).toBe(true);
  http.close();
});

describe("accept takes", () => {
  test("a Node stream", async () => {
    const [near, far] = duplexPair();
    const { closed, connectionId } = serve().accept(far, { remoteAddress: "here" });
    expect(await query(near)).toEqual([1]);
    expect(seen).toMatchObject({ connectionId, transport: "stream", remoteAddress: "here" });
    near.end();
    await closed;
  });

  test("a pair of WHATWG streams", async () => {
    const up = new TransformStream<Uint8Array, Uint8Array>();
    const down = new TransformStream<Uint8Array, Uint8Array>();
    const { closed } = serve().accept({ readable: up.readable, writable: down.writable });
    const writer = up.writable.getWriter();
    let ended = false;
    const row = query({
      write: (bytes) => writer.write(bytes),
      on: (event, listener) => {
        if (event !== "data") return;
        void (async () => {
          for await (const bytes of down.readable) listener(bytes as never);
          ended = true;
        })();
      },
    });
    expect(await row).toEqual([1]);
    await writer.close();
    await closed;
    await new Promise((resolve) => setImmediate(resolve));
    expect(ended).toBe(true);
  });

  test("a WebSocket that another server has accepted", async () => {
    const target = new EventTarget();
    const sent: ((bytes: Uint8Array) => void)[] = [];
    let closedWith: number | undefined;
    const { closed } = serve().accept({
      addEventListener: (type: string, listener: (event: never) => void) =>
        target.addEventListener(type, listener as never),
      send: (bytes: Uint8Array) => queueMicrotask(() => sent.forEach((listener) => listener(bytes))),
      close: (code?: number) => {
        closedWith = code;
        queueMicrotask(() => target.dispatchEvent(new Event("close")));
      },
    });
    const row = await query({
      write: (bytes) => target.dispatchEvent(new MessageEvent("message", { data: bytes.slice().buffer })),
      on: (event, listener) => event === "data" && sent.push(listener as never),
    });
    expect(row).toEqual([1]);
    target.dispatchEvent(new MessageEvent("message", { data: "text" }));
    await closed;
    expect(closedWith).toBe(1003);
  });

  test("a WebSocket, and stops polling it once it has closed with bytes unsent", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout"] });
    try {
      let close = (): void => {};
      const socket = {
        readyState: 1,
        bufferedAmount: 0,
        addEventListener: (type: string, listener: (event: never) => void) => {
          if (type === "close") close = listener as () => void;
        },
        send: (bytes: Uint8Array) => (socket.bufferedAmount += bytes.length),
        close: () => {},
      };
      const duplex = new WebSocketLikeDuplex(socket, { transport: "websocket" });
      let drained = 0;
      duplex.open({ data: () => {}, end: () => {}, close: () => {}, drain: () => drained++ });
      duplex.write(Uint8Array.of(1));
      vi.advanceTimersByTime(100);
      expect(vi.getTimerCount()).toBe(1);
      // Spec: WHATWG WebSockets, bufferedAmount does not become 0 once the connection closes.
      socket.readyState = 3;
      close();
      vi.advanceTimersByTime(100);
      expect(vi.getTimerCount()).toBe(0);
      expect(drained).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });

  test("a stream that has already closed, and drops it", async () => {
    const [stream] = duplexPair();
    stream.destroy();
    await once(stream, "close");
    const socket = Object.assign(new EventTarget(), { readyState: 3, send: () => {}, close: () => {} });
    for (const gone of [stream, socket as WebSocketLike]) {
      const server = serve();
      await server.accept(gone).closed;
      expect(server.metrics.connections).toBe(0);
    }
  });

  test("nothing else", () => {
    for (const given of [{}, 5, "stream", null, undefined])
      expect(() => serve().accept(given as never)).toThrow("expected a stream");
  });
});

test("`await using` closes a server", async () => {
  let disposed: Server;
  {
    await using server = createServer(backend);
    disposed = server;
    await server.listen({ port: 0 });
  }
  await expect(disposed.listen({ port: 0 })).rejects.toThrow("closed");
});

test("discovery over TLS names the secure addresses", async () => {
  const { port } = await serve({ tls: certificates.SERVER }).listen({ port: 0 });
  const socket = secure(port);
  socket.write(`GET / HTTP/1.1\r\nHost: localhost:${port}\r\n\r\n`);
  const chunks: Buffer[] = [];
  socket.on("data", (bytes: Buffer) => chunks.push(bytes));
  await once(socket, "end");
  expect(Buffer.concat(chunks).toString()).toContain(`"bolt_direct":"bolt+s://localhost:${port}"`);
});
