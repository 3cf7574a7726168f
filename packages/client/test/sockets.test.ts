// The whole driver over real sockets (plain, unix and TLS) to a server in memory.
import { readFileSync, rmSync } from "node:fs";
import { type AddressInfo, createServer, type Server, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createServer as createTlsServer } from "node:tls";
import { afterEach, expect, test } from "vitest";
import { auth } from "../src/auth.ts";
import type { DriverConfig } from "../src/config.ts";
import { driver } from "../src/driver.ts";
import { Link, SimServer, tableOf } from "./sim-server.ts";

const servers: Server[] = [];
afterEach(() => servers.splice(0).forEach((server) => server.close()));

const pem = (name: string): string => readFileSync(join(import.meta.dirname, "data", name), "utf8");

async function serve(
  make: (accept: (socket: Socket) => void) => Server,
  target: number | string = 0,
): Promise<SimServer> {
  const sim = new SimServer("");
  const server = make((socket) => {
    const { duplex } = new Link(sim, sim.version);
    duplex.onData = (bytes) => socket.write(bytes.slice());
    duplex.onClose = () => socket.end();
    socket.on("data", (bytes: Buffer) => duplex.write(bytes));
    socket.on("close", () => duplex.close()).on("error", () => {});
  });
  servers.push(server);
  await new Promise<void>((resolve) => {
    if (typeof target === "string") server.listen(target, resolve);
    else server.listen(target, "127.0.0.1", resolve);
  });
  const at = server.address();
  const address = typeof at === "string" ? at : `127.0.0.1:${(at as AddressInfo).port}`;
  sim.table = tableOf({ routers: [address], readers: [address], writers: [address] });
  return Object.assign(sim, { address });
}

const overTls = (accept: (socket: Socket) => void): Server =>
  createTlsServer({ cert: pem("server.crt"), key: pem("server.key") }, accept);

async function ask(uri: string, config?: DriverConfig): Promise<{ at: unknown; encrypted: boolean }> {
  await using db = driver(uri, auth.basic("ann", "pw"), config);
  const { at } = await db.session().run("RETURN 1").single();
  return { at, encrypted: db.encrypted };
}

test("plain", async () => {
  const { address } = await serve(createServer);
  expect(await ask(`bolt://${address}`)).toEqual({ at: address, encrypted: false });
  expect(await ask(`neo4j://${address}`)).toEqual({ at: address, encrypted: false });
});

// Windows has no unix sockets that a URI could name.
test.skipIf(process.platform === "win32")("unix", async () => {
  const path = join(tmpdir(), `bolt-driver-${process.pid}.sock`);
  rmSync(path, { force: true });
  await serve(createServer, path);
  expect(await ask(`bolt+unix://${path}`)).toEqual({ at: path, encrypted: false });
});

test("TLS, by scheme and by configuration", async () => {
  const { address } = await serve(overTls);
  expect(await ask(`bolt+ssc://${address}`)).toEqual({ at: address, encrypted: true });
  expect(await ask(`neo4j+ssc://${address}`)).toEqual({ at: address, encrypted: true });
  expect(await ask(`bolt://${address}`, { tls: { ca: pem("ca.crt") } })).toEqual({
    at: address,
    encrypted: true,
  });
  await expect(ask(`bolt+s://${address}`)).rejects.toMatchObject({ code: "TLS_ERROR" });
});

test("mistakes are named: TLS at a plain port, plain at a TLS port", async () => {
  const plain = await serve(createServer);
  await expect(ask(`bolt+ssc://${plain.address}`)).rejects.toMatchObject({ server: plain.address });
  const secure = await serve(overTls);
  await expect(ask(`bolt://${secure.address}`)).rejects.toMatchObject({
    code: expect.stringMatching(/HANDSHAKE_ERROR|CONNECTION_LOST/) as string,
  });
});

test("TLS 1.3: a server that refuses our certificate after the handshake of TLS", async () => {
  const [key, cert] = [pem("server.key"), pem("server.crt")];
  const strict = { key, cert, requestCert: true, rejectUnauthorized: true, minVersion: "TLSv1.3" } as const;
  const { address } = await serve((handler) => createTlsServer(strict, handler));
  await expect(ask(`bolt+ssc://${address}`)).rejects.toMatchObject({
    code: "TLS_ERROR",
    retryable: false,
    message: expect.stringContaining("does it want a certificate from us?") as string,
  });
});

test("a server that hangs up without a word: the error says what it may want", async () => {
  const hangUp = (socket: Socket): void => void socket.once("data", () => socket.end());
  const listen = async (server: Server): Promise<string> => {
    servers.push(server);
    await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
    return `bolt://127.0.0.1:${(server.address() as AddressInfo).port}`;
  };
  const told = async (uri: string, config: DriverConfig = {}): Promise<unknown> => {
    await using db = driver(uri, auth.none(), config);
    return await db.verifyConnectivity().catch((error: unknown) => error);
  };
  expect(await told(await listen(createServer(hangUp)))).toMatchObject({
    code: "CONNECTION_LOST",
    message: expect.stringContaining("does it accept only TLS?") as string,
  });
  const [key, cert] = [pem("server.key"), pem("server.crt")];
  const secure = await listen(createTlsServer({ key, cert }, hangUp));
  expect(await told(secure, { tls: { trust: "any" } })).toMatchObject({
    message: expect.stringContaining("does it want a certificate from us?") as string,
  });
  const clientCertificate = { key, cert };
  expect(await told(secure, { tls: { trust: "any", clientCertificate } })).toMatchObject({
    message: expect.stringContaining("does it want another certificate from us?") as string,
  });
});
