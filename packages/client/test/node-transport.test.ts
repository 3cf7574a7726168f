// Real sockets on loopback: dial with servers that are present, absent, misbehaving or certified by our own CA.
import { readFileSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer, type TlsOptions as ServerOptions, type TLSSocket } from "node:tls";
import { afterEach, describe, expect, test } from "vitest";
import { toDuplex } from "../src/transport/adapters.ts";
import { Address } from "../src/transport/address.ts";
import { dial } from "../src/transport/node-transport.ts";
import { resolveTls, type TlsOptions } from "../src/transport/tls.ts";
import type { DialOptions, Duplex } from "../src/transport/transport.ts";

const servers: Server[] = [];
const sockets: Socket[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
  for (const server of servers.splice(0)) server.close();
});

const pem = (name: string): string => readFileSync(join(import.meta.dirname, "data", name), "utf8");
const echo = (socket: Socket): void => {
  sockets.push(socket);
  socket.on("error", () => {});
  socket.pipe(socket);
};

function listen(server: Server, target: number | string = 0): Promise<Address> {
  servers.push(server);
  return new Promise((resolve) => {
    const ready = (): void => {
      const at = server.address();
      resolve(
        typeof at === "string" ? new Address("", 0, at) : new Address("127.0.0.1", (at as AddressInfo).port),
      );
    };
    if (typeof target === "string") server.listen(target, ready);
    else server.listen(target, "127.0.0.1", ready);
  });
}

async function connect(address: Address, options: Partial<DialOptions> = {}): Promise<Duplex> {
  const { signal } = new AbortController();
  return toDuplex(
    await dial(address, { tls: undefined, webSocket: false, signal, lookup: undefined, ...options }),
  );
}

/** Writes, and waits until as many bytes have come back. */
function roundTrip(duplex: Duplex, bytes: Uint8Array): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const back: number[] = [];
    duplex.onClose = (error) => reject(error ?? new Error("closed"));
    duplex.onData = (chunk) => {
      back.push(...chunk);
      if (back.length === bytes.length) resolve(Uint8Array.from(back));
    };
    duplex.write(bytes);
  });
}

describe("plain sockets", () => {
  test("TCP", async () => {
    const duplex = await connect(await listen(createServer(echo)));
    expect(await roundTrip(duplex, Uint8Array.of(1, 2, 3))).toEqual(Uint8Array.of(1, 2, 3));
    duplex.close();
  });

  // Windows has no unix sockets, and its pipes are not files.
  test.skipIf(process.platform === "win32")("unix", async () => {
    const path = join(tmpdir(), `bolt-client-${process.pid}.sock`);
    rmSync(path, { force: true });
    const duplex = await connect(await listen(createServer(echo), path));
    expect(await roundTrip(duplex, Uint8Array.of(5))).toEqual(Uint8Array.of(5));
    duplex.close();
  });

  test("names go through the user's lookup", async () => {
    const { port } = await listen(createServer(echo));
    const asked: string[] = [];
    const lookup = async (host: string): Promise<string[]> => (asked.push(host), ["127.0.0.1"]);
    const duplex = await connect(new Address("core-1.cluster.invalid", port), { lookup });
    expect(asked).toEqual(["core-1.cluster.invalid"]);
    duplex.close();
    await expect(
      connect(new Address("x.invalid", port), { lookup: async () => ["nonsense"] }),
    ).rejects.toThrow(/the lookup of "x.invalid" gave nonsense, expected IP addresses/);
    await expect(connect(new Address("x.invalid", port), { lookup: async () => [] })).rejects.toThrow(
      /gave nothing/,
    );
  });

  test("a lookup may throw, or return no promise", async () => {
    const { port } = await listen(createServer(echo));
    const withLookup = (lookup: () => unknown): Promise<Duplex> =>
      connect(new Address("x.invalid", port), { lookup: lookup as never });
    await expect(withLookup(() => undefined)).rejects.toThrow(/gave nothing/);
    await expect(withLookup(async () => null)).rejects.toThrow(/gave nothing/);
    const thrown = withLookup(() => {
      throw new Error("no DNS today");
    });
    await expect(thrown).rejects.toThrow("no DNS today");
    (await withLookup(() => ["127.0.0.1"])).close();
  });

  test("all addresses of a name are tried", async () => {
    const { port } = await listen(createServer(echo));
    // Nothing listens at the first address.
    const duplex = await connect(new Address("two.invalid", port), {
      lookup: async () => ["127.0.0.77", "127.0.0.1"],
    });
    expect(await roundTrip(duplex, Uint8Array.of(1))).toEqual(Uint8Array.of(1));
    duplex.close();
  });

  test("the other side's close is reported once, without an error", async () => {
    const address = await listen(createServer((socket) => socket.end(Uint8Array.of(1))));
    const duplex = await connect(address);
    const events = await new Promise<unknown[]>((resolve) => {
      const seen: unknown[] = [];
      duplex.onData = (bytes) => seen.push(...bytes);
      duplex.onClose = (error) => resolve([...seen, error]);
    });
    expect(events).toEqual([1, undefined]);
  });

  test("a reset is reported with its error", async () => {
    const address = await listen(
      createServer((socket) => socket.once("data", () => socket.resetAndDestroy())),
    );
    await expect(roundTrip(await connect(address), Uint8Array.of(1))).rejects.toMatchObject({
      code: "ECONNRESET",
    });
  });

  test("bytes written before close arrive", async () => {
    const received = new Promise<number>((resolve) => {
      const server = createServer((socket) => {
        let length = 0;
        socket.on("data", (bytes) => (length += bytes.length)).on("end", () => resolve(length));
      });
      void listen(server).then(async (address) => {
        const duplex = await connect(address);
        duplex.onData = () => {};
        duplex.write(new Uint8Array(5_000_000));
        duplex.close();
      });
    });
    expect(await received).toBe(5_000_000);
  });

  test("pausing stops the sender", async () => {
    let blocked: () => void = () => {};
    const full = new Promise<void>((resolve) => (blocked = resolve));
    const total = 64 * 1024 * 1024;
    const address = await listen(
      createServer((socket) => {
        sockets.push(socket);
        const chunk = new Uint8Array(1024 * 1024);
        for (let sent = 0; sent < total; sent += chunk.length) socket.write(chunk);
        // The kernel buffers some bytes, the rest stays with the sender.
        setImmediate(blocked);
      }),
    );
    const duplex = await connect(address);
    let received = 0;
    let done: () => void = () => {};
    const all = new Promise<void>((resolve) => (done = resolve));
    duplex.onData = (bytes) => {
      received += bytes.length;
      if (received === bytes.length) duplex.pause();
      if (received === total) done();
    };
    await full;
    await new Promise((resolve) => setImmediate(resolve));
    expect(received).toBeLessThanOrEqual(65536);
    expect(sockets[0]!.writableLength).toBeGreaterThan(0);
    duplex.resume();
    await all;
    duplex.close();
  });
});

describe("failures are named", () => {
  test("nothing listens", async () => {
    const server = createServer();
    const address = await listen(server);
    await new Promise((resolve) => server.close(resolve));
    await expect(connect(address)).rejects.toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      server: address.toString(),
      message: `cannot connect to ${address.toString()}: nothing listens there (ECONNREFUSED)`,
    });
  });

  test("unknown name", async () => {
    const lookup = async (): Promise<string[]> => {
      throw Object.assign(new Error("getaddrinfo ENOTFOUND"), { code: "ENOTFOUND" });
    };
    await expect(connect(new Address("no.invalid"), { lookup })).rejects.toThrow(
      "the host name is not known",
    );
  });

  test("no unix socket", async () => {
    await expect(connect(new Address("", 0, "/nonexistent/bolt.sock"))).rejects.toThrow(
      "there is no such socket",
    );
  });

  test("an aborted signal, before and during", async () => {
    const reason = new Error("enough");
    const address = await listen(createServer(echo));
    await expect(connect(address, { signal: AbortSignal.abort(reason) })).rejects.toMatchObject({
      code: "ABORTED",
      cause: reason,
    });
    const controller = new AbortController();
    // TLS towards a server that never answers.
    const silent = await listen(createServer((socket) => void sockets.push(socket)));
    const pending = connect(silent, { signal: controller.signal, tls: { verify: true } });
    controller.abort(reason);
    await expect(pending).rejects.toMatchObject({ code: "ABORTED", cause: reason });
  });
});

describe("TLS", () => {
  const serve = (name: string, options: ServerOptions = {}): Promise<Address> =>
    listen(
      createTlsServer({ cert: pem(`${name}.crt`), key: pem(`${name}.key`), ...options }, echo).on(
        "tlsClientError",
        () => {},
      ),
    );
  const secure = (config: true | TlsOptions): Partial<DialOptions> => ({
    tls: resolveTls("bolt", "none", config),
  });
  const ca = pem("ca.crt");

  test("with our own CA", async () => {
    const address = await serve("server");
    const duplex = await connect(new Address("localhost", address.port), {
      ...secure({ ca }),
      lookup: async () => ["127.0.0.1"],
    });
    expect(await roundTrip(duplex, Uint8Array.of(1, 2))).toEqual(Uint8Array.of(1, 2));
    duplex.close();
    const byIp = await connect(address, secure({ ca: [ca] }));
    expect(await roundTrip(byIp, new Uint8Array(300_000).fill(7))).toHaveLength(300_000);
    byIp.close();
  });

  test("unusable settings are a mistake of the program", async () => {
    const address = await serve("server");
    const refused = (config: TlsOptions): Promise<unknown> =>
      expect(connect(address, secure(config))).rejects.toMatchObject({
        code: "CONFIG_ERROR",
        retryable: false,
      });
    await refused({ options: { minVersion: "TLSv9" } });
    await refused({ options: { ciphers: "none of them" } });
    await refused({ clientCertificate: { cert: pem("client.crt"), key: "-----BEGIN nonsense" } });
    await refused({ clientCertificate: () => undefined as never });
  });

  test("a certificate that the system's authorities did not sign", async () => {
    await expect(connect(await serve("server"), secure(true))).rejects.toMatchObject({
      code: "TLS_ERROR",
      retryable: false,
      message: expect.stringContaining("give tls.ca, or use +ssc") as string,
    });
  });

  test("trusting any certificate", async () => {
    const duplex = await connect(await serve("other"), secure({ trust: "any" }));
    expect(await roundTrip(duplex, Uint8Array.of(1))).toEqual(Uint8Array.of(1));
    duplex.close();
  });

  test("a certificate for another host, unless serverName says so", async () => {
    const address = await serve("other");
    await expect(connect(address, secure({ ca }))).rejects.toThrow(
      "the certificate is for another host name",
    );
    const duplex = await connect(address, secure({ ca, serverName: "other.example" }));
    duplex.close();
  });

  test("a server that does not speak TLS", async () => {
    const address = await listen(createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n")));
    await expect(connect(address, secure(true))).rejects.toThrow("the server does not speak TLS there");
  });

  test("a server that hangs up on the first bytes of TLS, as Neo4j does", async () => {
    const address = await listen(createServer((socket) => void socket.once("data", () => socket.end())));
    await expect(connect(address, secure(true))).rejects.toMatchObject({
      code: "SERVICE_UNAVAILABLE",
      message: expect.stringContaining("is it a plain bolt:// or neo4j:// port?") as string,
    });
  });

  test("a server that closes at once", async () => {
    const address = await listen(createServer((socket) => socket.destroy()));
    await expect(connect(address, secure(true))).rejects.toMatchObject({ server: address.toString() });
  });

  test("the pin callback sees the certificate before any byte is sent", async () => {
    const address = await serve("server");
    const seen: string[] = [];
    const pin = async ({
      fingerprint256,
      subject,
    }: {
      fingerprint256: string;
      subject: object;
    }): Promise<boolean> => {
      seen.push((subject as { CN: string }).CN);
      return /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/.test(fingerprint256);
    };
    (await connect(address, secure({ trust: "any", pin }))).close();
    expect(seen).toEqual(["localhost"]);
    await expect(connect(address, secure({ ca, pin: () => "fine" as never }))).rejects.toThrow("refused");
    const cause = new Error("not ours");
    const thrower = (): never => {
      throw cause;
    };
    await expect(connect(address, secure({ ca, pin: thrower }))).rejects.toMatchObject({
      code: "TLS_ERROR",
      cause,
    });
    await expect(connect(address, secure({ ca, pin: () => false }))).rejects.toMatchObject({
      code: "TLS_ERROR",
      message: `the certificate of ${address.toString()} was refused by tls.pin`,
    });
  });

  test("mutual TLS, with a certificate that is renewed", async () => {
    const subjects: string[] = [];
    const address = await listen(
      createTlsServer(
        { cert: pem("server.crt"), key: pem("server.key"), ca, requestCert: true, rejectUnauthorized: true },
        (socket: TLSSocket) => {
          subjects.push(socket.getPeerCertificate().subject.CN as string);
          echo(socket);
        },
      ).on("tlsClientError", () => {}),
    );
    const names = ["client", "client2"];
    const clientCertificate = async () => {
      const name = names.shift()!;
      return { cert: pem(`${name}.crt`), key: pem(`${name}.key`) };
    };
    for (let i = 0; i < 2; i++) {
      const duplex = await connect(address, secure({ ca, clientCertificate }));
      await roundTrip(duplex, Uint8Array.of(1));
      duplex.close();
    }
    expect(subjects).toEqual(["test client", "renewed client"]);
    // TLS 1.3 refuses a client without certificate only after the client's own handshake is done.
    const refused = connect(address, secure({ ca })).then((duplex) => roundTrip(duplex, Uint8Array.of(1)));
    await expect(refused).rejects.toThrow();
  });

  test("other options reach node:tls", async () => {
    const address = await serve("server", { maxVersion: "TLSv1.2" });
    await expect(connect(address, secure({ ca, options: { minVersion: "TLSv1.3" } }))).rejects.toMatchObject({
      code: "TLS_ERROR",
    });
    (await connect(address, secure({ ca }))).close();
  });
});
