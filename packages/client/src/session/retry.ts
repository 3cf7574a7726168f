// When to retry, and for how long. Knows errors only by `retryable`, and nothing of the work that is retried.
import type { BoltError } from "@bolt/protocol";
import { onceAborted } from "../abort.ts";
import type { Clock } from "../clock.ts";
import { traces } from "../diagnostics.ts";
import { TransactionEndedError, abortError, isRetryable } from "../errors.ts";
import { rejection } from "../stack.ts";
import { traced } from "../traced.ts";
import type { Complete } from "../validate.ts";

/** What `onRetry` receives. */
export interface RetryEvent {
  /** The failed attempt, counted from 1. */
  readonly attempt: number;
  readonly error: unknown;
  /** Time until the next attempt. */
  readonly delayMs: number;
  readonly elapsedMs: number;
}

/** `{ retry }` of the driver: how managed transactions are retried. */
export interface RetryConfig {
  /** No attempt starts later than this after the first, in milliseconds; default 30,000; 0: no retries. */
  readonly maxTimeMs?: number | undefined;
  /** Delay before the second attempt, in milliseconds; default 1000. */
  readonly initialDelayMs?: number | undefined;
  /** Each delay is this many times the previous one; default 2. */
  readonly factor?: number | undefined;
  /** The longest delay, in milliseconds; default Infinity. */
  readonly maxDelayMs?: number | undefined;
  /** Delays vary up and down by this fraction, so that clients do not return in step; 0 to 1, default 0.2. */
  readonly jitter?: number | undefined;
  /** Replaces the formula above: milliseconds to wait after the failed attempt (counted from 1). */
  readonly delay?: ((attempt: number) => number) | undefined;
  /** Overrides whether an error is retried; undefined leaves it to the driver. */
  readonly retryable?: ((error: unknown, attempt: number) => boolean | undefined) | undefined;
  /** Called before each delay. */
  readonly onRetry?: ((event: RetryEvent) => void) | undefined;
  /**
   * If an auto-commit query fails and the server states that it had no effect, it is resent once, immediately;
   * default true.
   */
  readonly autoCommit?: boolean | undefined;
}

/** RetryConfig with its defaults. */
export type RetryPolicy = Complete<Omit<RetryConfig, "delay" | "retryable" | "onRetry">> &
  Pick<RetryConfig, "delay" | "retryable" | "onRetry">;

/**
 * The pauses between attempts: calling one ends it with an error. Not an AbortSignal, because Node 20 warns when more
 * than ten listeners wait for one.
 */
export type Sleepers = Set<(error: BoltError) => void>;

export interface RetryOptions {
  readonly policy: RetryPolicy;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  readonly sleepers?: Sleepers | undefined;
}

/**
 * Counts the attempts at one piece of work: call `pause(error)` after each that failed. The caller runs the loop,
 * so that a first attempt costs no extra promise.
 */
export class Retries {
  readonly #options: RetryOptions;
  readonly #start: number;
  #attempt = 1;

  constructor(options: RetryOptions) {
    this.#options = options;
    this.#start = options.clock.now();
  }

  /** Resolves when it is time for the next attempt; rejects with `error` if there is none. */
  async pause(error: unknown): Promise<void> {
    const { policy, clock, signal } = this.#options;
    if (signal?.aborted) {
      // After the abort, work that used the transaction got this error; its cause is the abort itself.
      return rejection(error instanceof TransactionEndedError ? (error.cause ?? error) : error);
    }
    const attempt = this.#attempt++;
    const elapsedMs = clock.now() - this.#start;
    const leftMs = policy.maxTimeMs - elapsedMs;
    const turnMs = delayAfter(attempt, policy, clock);
    // The last attempt is made when the time is up, not skipped because its delay would be longer.
    const delayMs = Math.min(turnMs, leftMs);
    const again = policy.retryable?.(error, attempt) ?? isRetryable(error);
    // NaN or Infinity: no next attempt.
    if (!again || !(leftMs > 0 && turnMs < Infinity)) throw error;
    policy.onRetry?.({ attempt, error, delayMs, elapsedMs });
    await traced(
      traces.retry,
      () => ({ attempt, delayMs, error }),
      () => this.#sleep(delayMs),
    );
  }

  async #sleep(ms: number): Promise<void> {
    const { clock, signal, sleepers } = this.#options;
    // onRetry may have aborted.
    if (signal?.aborted) return rejection(abortError(signal, "retrying"));
    return new Promise((resolve) => {
      const end = (error?: BoltError): void => {
        clock.clearTimeout(timer);
        sleepers?.delete(end);
        unlisten();
        resolve(error && rejection(error));
      };
      const timer = clock.setTimeout(() => end(), ms);
      const unlisten = onceAborted(signal, (fired) => end(abortError(fired, "retrying")));
      sleepers?.add(end);
    });
  }
}

function delayAfter(attempt: number, policy: RetryPolicy, clock: Clock): number {
  if (policy.delay) return policy.delay(attempt);
  const base = Math.min(policy.initialDelayMs * policy.factor ** (attempt - 1), policy.maxDelayMs);
  const chance = clock.random?.() ?? Math.random();
  return base * (1 + policy.jitter * (chance * 2 - 1));
}
