// WHATWG streams as a ByteDuplex: how reading goes on after a pause, and how it ends.
import { expect, test } from "vitest";
import { WebStreamsDuplex } from "./web-streams.ts";

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

function open() {
  let source!: ReadableStreamDefaultController<Uint8Array>;
  const readable = new ReadableStream<Uint8Array>({ start: (controller) => void (source = controller) });
  const duplex = new WebStreamsDuplex({ readable, writable: new WritableStream() }, { transport: "stream" });
  const told: unknown[] = [];
  duplex.open({
    data: (bytes) => told.push(...bytes),
    drain: () => told.push("drain"),
    end: () => told.push("end"),
    close: (error) => told.push(["close", error?.message]),
  });
  return { source, duplex, told };
}

test("goes on reading after a pause, as often as it is paused", async () => {
  const { source, duplex, told } = open();
  for (let i = 0; i < 3; i++) {
    duplex.pause();
    source.enqueue(Uint8Array.of(2 * i)); // the pending read is delivered
    source.enqueue(Uint8Array.of(2 * i + 1));
    await turn();
    const held = told.length;
    await turn();
    expect(told).toHaveLength(held);
    duplex.resume();
    await turn();
    expect(told).toHaveLength(2 * i + 2);
  }
  expect(told).toEqual([0, 1, 2, 3, 4, 5]);
});

test("goes on reading when resumed before the pending read has ended", async () => {
  const { source, duplex, told } = open();
  duplex.pause();
  duplex.resume();
  source.enqueue(Uint8Array.of(1));
  source.enqueue(Uint8Array.of(2));
  await turn();
  expect(told).toEqual([1, 2]);
});

test("reports the end, and a stream that breaks", async () => {
  const ended = open();
  ended.source.close();
  await turn();
  expect(ended.told).toEqual(["end"]);
  const broken = open();
  broken.source.error(new Error("gone"));
  await turn();
  expect(broken.told).toEqual([["close", "gone"]]);
});
