import { Duplex as NodeDuplex, duplexPair } from "node:stream";
import { describe, expect, test } from "vitest";
import { settle } from "../../test/fake-clock.ts";
import { toDuplex } from "./adapters.ts";
import type { Duplex, WebSocketLike } from "./transport.ts";

/** Lists everything that a duplex delivers: bytes, then its end. */
function record(duplex: Duplex): unknown[] {
  const events: unknown[] = [];
  duplex.onData = (bytes) => events.push(...bytes);
  duplex.onClose = (error) => events.push(error === undefined ? "end" : (error as Error).message);
  return events;
}

describe("Node streams", () => {
  const pair = (): [NodeDuplex, NodeDuplex] => duplexPair();

  test("carry bytes both ways and end", async () => {
    const [near, far] = pair();
    const duplex = toDuplex(near);
    const events = record(duplex);
    const received: number[] = [];
    far.on("data", (bytes: Buffer) => received.push(...bytes));
    duplex.write(Uint8Array.of(1, 2));
    far.write(Uint8Array.of(3));
    await settle();
    far.end();
    await settle();
    expect(received).toEqual([1, 2]);
    expect(events).toEqual([3, "end"]);
  });

  test("may reuse their memory for the next chunk while reading is paused", async () => {
    const listeners: Record<string, (value: never) => void> = {};
    const stream = {
      on: (event: string, listener: (value: never) => void) => (listeners[event] = listener),
      write: () => true,
      end: () => {},
      destroy: () => {},
      pause: () => {},
      resume: () => {},
    };
    const duplex = toDuplex(stream);
    const events = record(duplex);
    await settle();
    duplex.pause();
    const memory = Buffer.alloc(2);
    for (const byte of [1, 2]) listeners["data"]!(memory.fill(byte) as never);
    duplex.resume();
    expect(events).toEqual([1, 1, 2, 2]);
  });

  test("report what broke them, once", async () => {
    const [near] = pair();
    const events = record(toDuplex(near));
    near.destroy(new Error("reset"));
    await settle();
    expect(events).toEqual(["reset"]);
  });

  test("stop reading when paused", async () => {
    const [near, far] = pair();
    const duplex = toDuplex(near);
    const events = record(duplex);
    await settle();
    duplex.pause();
    far.write(Uint8Array.of(1));
    await settle();
    expect(events).toEqual([]);
    expect(near.isPaused()).toBe(true);
    duplex.resume();
    await settle();
    expect(events).toEqual([1]);
  });

  test("send everything written before they close", async () => {
    const [near, far] = pair();
    const received: unknown[] = [];
    far.on("data", (bytes: Buffer) => received.push(...bytes)).on("end", () => received.push("end"));
    const duplex = toDuplex(near);
    duplex.write(Uint8Array.of(9));
    duplex.close();
    await settle();
    expect(received).toEqual([9, "end"]);
  });
});

describe("WHATWG streams", () => {
  function pair() {
    const inbound = new TransformStream<Uint8Array, Uint8Array>();
    const outbound = new TransformStream<Uint8Array, Uint8Array>();
    const duplex = toDuplex({ readable: inbound.readable, writable: outbound.writable });
    return { duplex, server: inbound.writable.getWriter(), client: outbound.readable.getReader() };
  }

  test("carry bytes both ways and end", async () => {
    const { duplex, server, client } = pair();
    const events = record(duplex);
    duplex.write(Uint8Array.of(1));
    expect((await client.read()).value).toEqual(Uint8Array.of(1));
    await server.write(Uint8Array.of(2));
    await server.close();
    await settle();
    expect(events).toEqual([2, "end"]);
  });

  test("report what broke them", async () => {
    const { duplex, server } = pair();
    const events = record(duplex);
    await server.abort(new Error("cut"));
    await settle();
    expect(events).toEqual(["cut"]);
  });

  test("stop reading when paused", async () => {
    const { duplex, server } = pair();
    const events = record(duplex);
    duplex.pause();
    for (let i = 0; i < 4; i++) void server.write(Uint8Array.of(i));
    await settle();
    expect(events).toEqual([]);
    duplex.resume();
    await settle();
    expect(events).toEqual([0, 1, 2, 3]);
  });
});

/** The part of a WebSocket that scripts see. */
class FakeWebSocket extends EventTarget {
  binaryType = "blob";
  readyState = 0;
  readonly sent: unknown[] = [];

  send(bytes: Uint8Array): void {
    this.sent.push(...bytes);
  }

  close(): void {
    this.readyState = 3;
    this.dispatchEvent(new Event("close"));
  }

  open(): void {
    this.readyState = 1;
    this.dispatchEvent(new Event("open"));
  }

  message(data: unknown): void {
    this.dispatchEvent(Object.assign(new Event("message"), { data }));
  }
}

describe("WebSockets", () => {
  test("may still be connecting; carry binary frames and end", async () => {
    const socket = new FakeWebSocket();
    const duplex = toDuplex(socket as unknown as WebSocketLike);
    const events = record(duplex);
    expect(socket.binaryType).toBe("arraybuffer");
    duplex.write(Uint8Array.of(1));
    expect(socket.sent).toEqual([]);
    socket.open();
    duplex.write(Uint8Array.of(2));
    expect(socket.sent).toEqual([1, 2]);
    socket.message(Uint8Array.of(3, 4).buffer);
    await settle();
    socket.close();
    expect(events).toEqual([3, 4, "end"]);
  });

  test("a long write leaves in messages that Neo4j takes", () => {
    const socket = new FakeWebSocket();
    const lengths: number[] = [];
    socket.send = ({ length }) => void lengths.push(length);
    const duplex = toDuplex(socket as unknown as WebSocketLike);
    duplex.write(new Uint8Array(65_536));
    socket.open();
    duplex.write(new Uint8Array(131_073));
    expect(lengths).toEqual([65_536, 65_536, 65_536, 1]);
  });

  test.each([
    [{ code: 1000, reason: "" }, "end"],
    [{ code: 1001, reason: "Bye" }, "end"],
    [{ code: 1009, reason: "too long" }, "the server closed the WebSocket with code 1009 too long"],
    [{ code: 1011, reason: "" }, "the server closed the WebSocket with code 1011"],
  ])("closed with %o", async (facts, told) => {
    const socket = new FakeWebSocket();
    const events = record(toDuplex(socket as unknown as WebSocketLike));
    await settle();
    socket.dispatchEvent(Object.assign(new Event("close"), facts));
    expect(events).toEqual([told]);
  });

  test("a text frame closes the socket: Bolt uses binary frames", async () => {
    const socket = new FakeWebSocket();
    const events = record(toDuplex(socket as unknown as WebSocketLike));
    await settle();
    socket.message("hello");
    expect(events).toEqual(["the server sent a text frame where Bolt has binary ones"]);
    expect(socket.readyState).toBe(3);
  });
});

test("a Duplex is returned unchanged; anything else is refused", () => {
  const duplex = toDuplex({ readable: new ReadableStream(), writable: new WritableStream() });
  expect(toDuplex(duplex)).toBe(duplex);
  for (const nonsense of [undefined, null, 1, {}, { write() {} }]) {
    expect(() => toDuplex(nonsense as never)).toThrow(/dial must return/);
  }
});
