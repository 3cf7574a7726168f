// What a WebSocket passes on to the stream beneath it.
import { expect, test } from "vitest";
import { FakeDuplex } from "../../test/fake-duplex.ts";
import { WebSocketDuplex } from "./websocket.ts";

function pair(): { lower: FakeDuplex; socket: WebSocketDuplex } {
  const lower = new FakeDuplex();
  const socket = new WebSocketDuplex(lower);
  socket.open({ data: () => {}, drain: () => {}, end: () => {}, close: () => {} });
  return { lower, socket };
}

test("destroy() closes the stream at once, without a frame, and nothing is written after it", () => {
  const { lower, socket } = pair();
  socket.destroy();
  expect(lower.destroyed).toBe(true);
  socket.write(Uint8Array.of(1));
  expect(lower.writes).toEqual([]);
});

test("end() sends the close frame once and ends the stream", () => {
  const { lower, socket } = pair();
  socket.end();
  socket.write(Uint8Array.of(1));
  expect(lower.writes).toEqual([Uint8Array.of(0x88, 2, 3, 0xe8)]);
  expect(lower.ended).toBe(true);
});

test("pause(), resume() and bufferedBytes are the stream's", () => {
  const { lower, socket } = pair();
  socket.pause();
  expect(lower.paused).toBe(true);
  socket.resume();
  expect(lower.paused).toBe(false);
  lower.reading = false;
  socket.write(Uint8Array.of(1, 2));
  expect(lower.writes).toEqual([Uint8Array.of(0x82, 2, 1, 2)]);
  expect(socket.bufferedBytes).toBe(4);
  expect(socket.info.transport).toBe("websocket");
});

test("pongs are not piled up for a client that does not read them", () => {
  const { lower, socket } = pair();
  lower.reading = false;
  // A masked ping without a payload.
  const ping = Uint8Array.of(0x89, 0x80, 0, 0, 0, 0);
  for (let i = 0; i < 100_000; i++) socket.lowerHandlers.data(ping);
  expect(lower.writes.length).toBeGreaterThan(0);
  expect(lower.bufferedBytes).toBeLessThan(70_000);
});
