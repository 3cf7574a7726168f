import { once } from "node:events";
import { createServer, connect, type TLSSocket } from "node:tls";
import { afterAll, expect, test } from "vitest";
import { createAuthority } from "./certificates.ts";

const authority = createAuthority();
const { key, cert } = authority.issue(["localhost", "127.0.0.1", "::1"]);
const server = createServer({ key, cert }, (socket) => socket.end("hello"));
server.on("tlsClientError", () => {}); // clients that do not trust it hang up
const listening = once(server.listen(0, "127.0.0.1"), "listening");
afterAll(() => server.close());

async function open(options: { ca?: string; servername?: string }): Promise<TLSSocket> {
  await listening;
  const address = server.address();
  if (typeof address !== "object" || !address) throw new Error("not listening");
  const socket = connect({ host: "127.0.0.1", port: address.port, ...options });
  await once(socket, "secureConnect");
  socket.destroy();
  return socket;
}

test("a client that trusts the authority accepts its certificate, by name and by address", async () => {
  expect((await open({ ca: authority.ca, servername: "localhost" })).authorized).toBe(true);
  expect((await open({ ca: authority.ca })).authorized).toBe(true);
});

test("a name that is not in the certificate is refused", async () => {
  await expect(open({ ca: authority.ca, servername: "elsewhere" })).rejects.toThrow(/altnames/);
});

test("a client of another authority refuses", async () => {
  await expect(open({ ca: createAuthority().ca, servername: "localhost" })).rejects.toThrow(
    /verify|issuer|signature/,
  );
});
