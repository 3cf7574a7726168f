// The browsers' transport, with our own WebSocket class in place of the runtime's.
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { toDuplex } from "../src/transport/adapters.ts";
import { Address } from "../src/transport/address.ts";
import { dial as nodeDial } from "../src/transport/node-transport.ts";
import { resolveTls } from "../src/transport/tls.ts";
import type { DialOptions } from "../src/transport/transport.ts";
import { dial } from "../src/transport/websocket-transport.ts";
import { settle } from "./fake-clock.ts";

class FakeWebSocket extends EventTarget {
  static readonly made: FakeWebSocket[] = [];
  readonly url: string;
  binaryType = "blob";
  readyState = 0;
  readonly sent: number[] = [];

  constructor(url: string) {
    super();
    this.url = url;
    FakeWebSocket.made.push(this);
  }

  send(bytes: Uint8Array): void {
    this.sent.push(...bytes);
  }

  become(readyState: number, event: string): void {
    this.readyState = readyState;
    this.dispatchEvent(new Event(event));
  }

  close(): void {
    this.become(3, "close");
  }
}

beforeEach(() => vi.stubGlobal("WebSocket", FakeWebSocket));
afterEach(() => {
  vi.unstubAllGlobals();
  FakeWebSocket.made.length = 0;
});

const options = (more: Partial<DialOptions> = {}): DialOptions => ({
  tls: undefined,
  webSocket: true,
  signal: new AbortController().signal,
  lookup: undefined,
  ...more,
});
const made = (): FakeWebSocket => FakeWebSocket.made.at(-1)!;

test.each([
  [new Address("h", 7687), undefined, "ws://h:7687/"],
  [new Address("::1", 7687), undefined, "ws://[::1]:7687/"],
  [new Address("h", 443, "/bolt?k=1"), { verify: true }, "wss://h:443/bolt?k=1"],
])("%s with TLS %o is %s", async (address, tls, url) => {
  const pending = dial(address, options({ tls }));
  made().become(1, "open");
  await pending;
  expect(made().url).toBe(url);
});

test("carries bytes; closing closes", async () => {
  const pending = dial(new Address("h"), options());
  made().become(1, "open");
  const duplex = toDuplex(await pending);
  const received: number[] = [];
  duplex.onData = (bytes) => received.push(...bytes);
  duplex.write(Uint8Array.of(1, 2));
  made().dispatchEvent(Object.assign(new Event("message"), { data: Uint8Array.of(3).buffer }));
  await settle();
  duplex.close();
  expect([made().sent, received, made().readyState]).toEqual([[1, 2], [3], 3]);
});

test("a WebSocket that cannot be opened", async () => {
  const pending = dial(new Address("h"), options());
  made().become(3, "error");
  await expect(pending).rejects.toMatchObject({ code: "SERVICE_UNAVAILABLE", server: "h:7687" });
});

test("aborted, before and while connecting", async () => {
  await expect(dial(new Address("h"), options({ signal: AbortSignal.abort() }))).rejects.toMatchObject({
    code: "ABORTED",
  });
  const controller = new AbortController();
  const pending = dial(new Address("h"), options({ signal: controller.signal }));
  controller.abort(new Error("enough"));
  await expect(pending).rejects.toMatchObject({ code: "ABORTED", cause: new Error("enough") });
  expect(made().readyState).toBe(3);
});

test("options that a WebSocket cannot honour are refused, not ignored", async () => {
  const refused = (address: Address, more?: Partial<DialOptions>) =>
    expect(dial(address, options(more))).rejects;
  await refused(new Address("", 0, "/run/x")).toThrow("no unix sockets");
  await refused(new Address("h"), { tls: resolveTls("bolt+ssc", "any", undefined) }).toThrow(
    /leave out tls and \+ssc/,
  );
  await refused(new Address("h"), {
    tls: resolveTls("bolt", "none", { ca: "-----BEGIN CERTIFICATE-----" }),
  }).toThrow(/leave out tls/);
  vi.stubGlobal("WebSocket", undefined);
  await refused(new Address("h")).toThrow("this runtime has no WebSocket");
});

test("ws URIs use it on Node too", async () => {
  const pending = nodeDial(new Address("h", 80), options());
  made().become(1, "open");
  await pending;
  expect(made().url).toBe("ws://h:80/");
});
