import { describe, expect, test } from "vitest";
import { FakeClock } from "../test/fake-clock.ts";
import { Deadline } from "./deadline.ts";
import { AbortError, TimeoutError } from "./errors.ts";

function setUp(afterMs: number, signal?: AbortSignal) {
  const clock = new FakeClock();
  const error = (doing: string): TimeoutError => new TimeoutError(`late, while ${doing}`, { afterMs });
  return { clock, deadline: new Deadline({ clock, afterMs, signal, error }) };
}

const never = new Promise<never>(() => {});

describe("Deadline", () => {
  test("ends the work that is raced against it, and names it", async () => {
    const { clock, deadline } = setUp(100);
    deadline.doing = "fishing";
    const raced = deadline.race(never).catch((error: unknown) => error);
    await clock.tick(100);
    expect(await raced).toMatchObject({ code: "TIMEOUT", message: "late, while fishing", afterMs: 100 });
    expect(() => deadline.check()).toThrow("late, while fishing");
    await expect(deadline.race(never)).rejects.toThrow("late");
  });

  test("does not touch work that is in time, and leaves nothing behind", async () => {
    const { clock, deadline } = setUp(100);
    expect(await deadline.race(Promise.resolve(5))).toBe(5);
    await expect(deadline.race(Promise.reject(new Error("no")))).rejects.toThrow("no");
    deadline.end();
    expect(clock.pending).toBe(0);
    await clock.tick(1000);
    deadline.check();
  });

  test("a signal ends it too; its reason becomes the cause, or is thrown unchanged if it is a BoltError", () => {
    const { deadline, clock } = setUp(100, AbortSignal.abort(new Error("enough")));
    expect(deadline.signal.reason).toBeInstanceOf(AbortError);
    expect(deadline.signal.reason).toMatchObject({ cause: new Error("enough") });
    expect(clock.pending).toBe(0);
    const ours = new TimeoutError("x", { afterMs: 1 });
    expect(setUp(100, AbortSignal.abort(ours)).deadline.signal.reason).toBe(ours);
  });

  test("Infinity sets no timer", () => {
    expect(setUp(Infinity).clock.pending).toBe(0);
  });

  test("share gives half of the time left; running out of it does not end the deadline", async () => {
    const { clock, deadline } = setUp(100);
    await clock.tick(20);
    const shared = deadline.share(true, (part) => part.race(never)).catch((error: unknown) => error);
    await clock.tick(40);
    expect(await shared).toMatchObject({ code: "TIMEOUT", afterMs: 40, retryable: true });
    deadline.check();
    const last = deadline.share(true, (part) => part.race(never)).catch((error: unknown) => error);
    deadline.abort(new TimeoutError("all over", { afterMs: 1 }));
    expect(await last).toMatchObject({ message: "all over" });
    expect(clock.pending).toBe(0);
  });
});
