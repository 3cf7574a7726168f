import { afterEach, describe, expect, test, vi } from "vitest";
import { FakeClock } from "../test/fake-clock.ts";
import { Alarm, systemClock } from "./clock.ts";

/** An alarm on a clock that stands still, and how often it has rung. */
function quiet(): { clock: FakeClock; alarm: Alarm; rings: () => number } {
  const clock = new FakeClock();
  let rings = 0;
  return { clock, alarm: new Alarm(clock, () => rings++), rings: () => rings };
}

describe("an alarm", () => {
  test("rings once, when it was set for", async () => {
    const { clock, alarm, rings } = quiet();
    alarm.set(100);
    await clock.advance(99);
    expect(rings()).toBe(0);
    await clock.advance(1000);
    expect(rings()).toBe(1);
  });

  test("set later again and again costs one timer", async () => {
    const { clock, alarm, rings } = quiet();
    for (let i = 0; i < 50; i++) {
      alarm.set(100);
      expect(clock.timers).toBe(1);
      await clock.advance(10);
    }
    expect(rings()).toBe(0);
    await clock.advance(100);
    expect(rings()).toBe(1);
  });

  test("set earlier rings earlier", async () => {
    const { clock, alarm, rings } = quiet();
    alarm.set(1000);
    alarm.set(10);
    await clock.advance(10);
    expect(rings()).toBe(1);
    await clock.advance(5000);
    expect(rings()).toBe(1);
  });

  test("cancelled, or set for never, does not ring", async () => {
    const { clock, alarm, rings } = quiet();
    alarm.set(10);
    alarm.cancel();
    await clock.advance(100);
    alarm.set(Infinity);
    expect(clock.timers).toBe(0);
    alarm.set(10);
    alarm.dispose();
    expect(clock.timers).toBe(0);
    expect(rings()).toBe(0);
  });

  test("waits longer than timers can", async () => {
    const { clock, alarm, rings } = quiet();
    alarm.set(2 ** 33);
    await clock.advance(2 ** 32);
    expect(rings()).toBe(0);
    await clock.advance(2 ** 33);
    expect(rings()).toBe(1);
  });
});

describe("the clock of the machine", () => {
  afterEach(() => void vi.useRealTimers());

  test("calls back, unless the timer was cleared", () => {
    vi.useFakeTimers();
    const start = systemClock.now();
    const rung: string[] = [];
    systemClock.setTimeout(() => rung.push("late"), 20);
    systemClock.setTimeout(() => rung.push("early"), 10);
    systemClock.clearTimeout(systemClock.setTimeout(() => rung.push("never"), 15));
    vi.advanceTimersByTime(19);
    expect(rung).toEqual(["early"]);
    vi.advanceTimersByTime(1);
    expect(rung).toEqual(["early", "late"]);
    expect(systemClock.now() - start).toBe(20);
  });

  test("waits longer than timers can, as far as they can", () => {
    vi.useFakeTimers();
    let rung = false;
    systemClock.setTimeout(() => (rung = true), Infinity);
    vi.advanceTimersByTime(2 ** 30);
    expect(rung).toBe(false);
  });

  test("keeps the process from exiting only with `hold`", () => {
    const holds = [undefined, false, true].map((hold) => {
      const timer = systemClock.setTimeout(() => {}, 1000, hold) as NodeJS.Timeout;
      const held = timer.hasRef();
      systemClock.clearTimeout(timer);
      return held;
    });
    expect(holds).toEqual([false, false, true]);
  });

  test("defers", async () => {
    let now = true;
    const deferred = new Promise<boolean>((resolve) => systemClock.defer(() => resolve(now)));
    now = false;
    expect(await deferred).toBe(false);
  });
});
