import { describe, expect, test } from "vitest";
import { settle } from "../../test/fake-clock.ts";
import { Channel } from "./transport.ts";

function setUp() {
  const calls: string[] = [];
  const channel = new Channel({
    write: (bytes) => void calls.push(`write ${bytes.join()}`),
    close: () => void calls.push("close"),
    pause: () => void calls.push("pause"),
    resume: () => void calls.push("resume"),
  });
  const listen = (): void => {
    channel.onClose = (error) => calls.push(`closed ${String(error)}`);
    channel.onData = (bytes) => calls.push(`data ${bytes.join()}`);
  };
  return { calls, channel, listen };
}

describe("Channel", () => {
  test("copies and keeps what arrives before a listener is set, and ends after it", async () => {
    const { calls, channel, listen } = setUp();
    const reused = Uint8Array.of(1);
    channel.received(reused);
    reused[0] = 2;
    channel.received(reused);
    channel.ended();
    expect(calls).toEqual([]);
    listen();
    expect(calls).toEqual([]);
    await settle();
    expect(calls).toEqual(["data 1", "data 2", "close", "closed undefined"]);
  });

  test("holds data back while paused, then goes on in order", async () => {
    const { calls, channel, listen } = setUp();
    listen();
    await settle();
    channel.pause();
    channel.received(Uint8Array.of(1));
    channel.received(Uint8Array.of(2));
    expect(calls).toEqual(["pause"]);
    channel.resume();
    channel.received(Uint8Array.of(3));
    expect(calls).toEqual(["pause", "data 1", "data 2", "resume", "data 3"]);
  });

  test("pausing from within a delivery stops the rest", async () => {
    const { calls, channel, listen } = setUp();
    listen();
    await settle();
    channel.pause();
    for (let i = 0; i < 3; i++) channel.received(Uint8Array.of(i));
    channel.onData = () => {
      calls.push("one");
      channel.pause();
    };
    channel.resume();
    expect(calls.filter((call) => call === "one")).toHaveLength(1);
    channel.resume();
    channel.resume();
    expect(calls.filter((call) => call === "one")).toHaveLength(3);
  });

  test("a clean end waits for the reader, a broken stream does not", async () => {
    for (const error of [undefined, "broken"]) {
      const { calls, channel, listen } = setUp();
      listen();
      await settle();
      channel.pause();
      channel.received(Uint8Array.of(1));
      channel.ended(error);
      expect(calls).toEqual(error === undefined ? ["pause"] : ["pause", "close", "closed broken"]);
    }
  });

  test("is silent after close", async () => {
    const { calls, channel, listen } = setUp();
    listen();
    await settle();
    channel.close();
    channel.close();
    channel.received(Uint8Array.of(1));
    channel.ended("late");
    channel.write(Uint8Array.of(1));
    expect(calls).toEqual(["close"]);
  });

  test("a source that throws on write ends the stream", async () => {
    const calls: unknown[] = [];
    const channel = new Channel({
      write: () => {
        throw new Error("gone");
      },
      close: () => {},
    });
    channel.onData = () => {};
    channel.onClose = (error) => calls.push((error as Error).message);
    channel.write(Uint8Array.of(1));
    await settle();
    expect(calls).toEqual(["gone"]);
  });
});
