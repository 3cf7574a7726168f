import { describe, expect, test } from "vitest";
import { FakeClock } from "../test/fake-clock.ts";
import { Alarm, systemClock } from "./clock.ts";

describe("an alarm", () => {
  test("rings once, when it was set for", async () => {
    const clock = new FakeClock();
    let rings = 0;
    const alarm = new Alarm(clock, () => rings++);
    alarm.set(100);
    await clock.advance(99);
    expect(rings).toBe(0);
    await clock.advance(1000);
    expect(rings).toBe(1);
  });

  test("set later again and again costs one timer", async () => {
    const clock = new FakeClock();
    let rings = 0;
    const alarm = new Alarm(clock, () => rings++);
    for (let i = 0; i < 50; i++) {
      alarm.set(100);
      expect(clock.timers).toBe(1);
      await clock.advance(10);
    }
    expect(rings).toBe(0);
    await clock.advance(100);
    expect(rings).toBe(1);
  });

  test("set earlier rings earlier", async () => {
    const clock = new FakeClock();
    let rings = 0;
    const alarm = new Alarm(clock, () => rings++);
    alarm.set(1000);
    alarm.set(10);
    await clock.advance(10);
    expect(rings).toBe(1);
    await clock.advance(5000);
    expect(rings).toBe(1);
  });

  test("cancelled, or set for never, does not ring", async () => {
    const clock = new FakeClock();
    const alarm = new Alarm(clock, () => expect.unreachable());
    alarm.set(10);
    alarm.cancel();
    await clock.advance(100);
    alarm.set(Infinity);
    expect(clock.timers).toBe(0);
    alarm.set(10);
    alarm.dispose();
    expect(clock.timers).toBe(0);
  });

  test("waits longer than timers can", async () => {
    const clock = new FakeClock();
    let rings = 0;
    new Alarm(clock, () => rings++).set(2 ** 33);
    await clock.advance(2 ** 32);
    expect(rings).toBe(0);
    await clock.advance(2 ** 33);
    expect(rings).toBe(1);
  });
});

test("the clock of the machine runs, and defers", async () => {
  const start = systemClock.now();
  await new Promise<void>((resolve) => systemClock.defer(resolve));
  await new Promise<void>((resolve) => void systemClock.setTimeout(resolve, 1));
  systemClock.clearTimeout(systemClock.setTimeout(() => expect.unreachable(), 1));
  expect(systemClock.now()).toBeGreaterThan(start);
});
