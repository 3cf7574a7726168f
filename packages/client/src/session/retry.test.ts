import { Failure } from "@bolt/protocol";
import { describe, expect, test } from "vitest";
import { FakeClock } from "../../test/fake-clock.ts";
import { resolveConfig } from "../config.ts";
import { ConnectionLostError, ServerFailure, UsageError } from "../errors.ts";
import { Retries, type RetryConfig, type RetryEvent } from "./retry.ts";

function setUp(config: RetryConfig = {}, failures: unknown[] = []) {
  const clock = new FakeClock();
  const events: RetryEvent[] = [];
  const { retry: policy } = resolveConfig("bolt://h", undefined, {
    retry: { onRetry: (event) => events.push(event), ...config },
  });
  const attempts: number[] = [];
  const start = clock.now();
  /** Number of attempts. */
  const run = async (signal?: AbortSignal): Promise<number> => {
    const retries = new Retries({ policy, clock, signal });
    for (let attempt = 1; ; attempt++) {
      attempts.push(clock.now() - start);
      const failure = failures.shift();
      if (failure === undefined) return attempt;
      await retries.pause(failure);
    }
  };
  return { clock, events, attempts, run };
}

const lost = (): Error => new ConnectionLostError("cut");

describe("retry", () => {
  test("doubles the delay until the work succeeds", async () => {
    const { clock, events, attempts, run } = setUp({}, [lost(), lost(), lost()]);
    const done = run();
    await clock.tick(7000);
    expect(await done).toBe(4);
    expect(attempts).toEqual([0, 1000, 3000, 7000]);
    expect(events.map(({ attempt, delayMs }) => [attempt, delayMs])).toEqual([
      [1, 1000],
      [2, 2000],
      [3, 4000],
    ]);
    expect(clock.pending).toBe(0);
  });

  test("jitter moves each delay by up to 20 %", async () => {
    for (const [chance, delayMs] of [
      [0, 800],
      [0.999999, 1200],
    ] as const) {
      const { clock, events, run } = setUp({}, [lost()]);
      clock.chance = chance;
      const done = run();
      await clock.tick(1300);
      await done;
      expect(events[0]?.delayMs).toBeCloseTo(delayMs, 0);
    }
  });

  test("the last attempt is made when the time is up; then it gives up with the last error", async () => {
    const errors = Array.from({ length: 9 }, lost);
    const { clock, attempts, run } = setUp({ maxTimeMs: 5000 }, [...errors]);
    const done = run();
    const caught = done.catch((error: unknown) => error);
    await clock.tick(60_000);
    expect(await caught).toBe(errors[3]);
    expect(attempts).toEqual([0, 1000, 3000, 5000]);
  });

  test("an error that is not retryable is thrown at once", async () => {
    const error = new UsageError("no");
    const { run, attempts } = setUp({}, [error]);
    await expect(run()).rejects.toBe(error);
    expect(attempts).toEqual([0]);
  });

  test("codes decide whether a server's failure is retried", async () => {
    for (const [code, retried] of [
      ["Neo.TransientError.Transaction.DeadlockDetected", true],
      ["Neo.TransientError.Transaction.Terminated", false],
      ["Neo.TransientError.Transaction.LockClientStopped", false],
      ["Neo.ClientError.Cluster.NotALeader", true],
      ["Neo.ClientError.General.ForbiddenOnReadOnlyDatabase", true],
      ["Neo.ClientError.Security.AuthorizationExpired", true],
      ["Neo.ClientError.Security.TokenExpired", false],
      ["Neo.ClientError.Statement.SyntaxError", false],
      ["Neo.DatabaseError.General.UnknownError", false],
      ["nonsense", false],
    ] as const) {
      const { clock, attempts, run } = setUp({}, [new ServerFailure(new Failure(code, "x"))]);
      const done = run().catch(() => {});
      await clock.tick(1000);
      await done;
      expect([code, attempts.length]).toEqual([code, retried ? 2 : 1]);
    }
  });

  test("a custom delay and a custom classifier", async () => {
    const { clock, attempts, run } = setUp(
      { delay: (attempt) => attempt * 10, retryable: (error) => (error as Error).message === "again" },
      [new Error("again"), new Error("again"), lost()],
    );
    const done = run().catch((error: unknown) => error);
    await clock.tick(1000);
    expect(await done).toBeInstanceOf(ConnectionLostError);
    expect(attempts).toEqual([0, 10, 30]);
  });

  test.each([NaN, Infinity])("a delay of %s means no next attempt", async (delay) => {
    const error = lost();
    const { attempts, run } = setUp({ delay: () => delay }, [error]);
    await expect(run()).rejects.toBe(error);
    expect(attempts).toEqual([0]);
  });

  test("a signal that fires in onRetry prevents the wait", async () => {
    const controller = new AbortController();
    const { clock, attempts, run } = setUp({ onRetry: () => controller.abort() }, [lost()]);
    await expect(run(controller.signal)).rejects.toThrow("while retrying");
    expect([attempts, clock.pending]).toEqual([[0], 0]);
  });

  test("a signal ends the delay", async () => {
    const { clock, run } = setUp({}, [lost()]);
    const controller = new AbortController();
    const done = run(controller.signal).catch((error: unknown) => error);
    await clock.tick(500);
    controller.abort(new Error("enough"));
    expect(await done).toMatchObject({ code: "ABORTED", cause: new Error("enough") });
    expect(clock.pending).toBe(0);
  });
});
