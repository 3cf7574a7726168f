// When and how long to try again. Knows errors by their `retryable` only, and nothing of what is retried.
import type { BoltError } from "@bolt/protocol";
import { onceAborted } from "../abort.ts";
import type { Clock } from "../clock.ts";
import type { Complete } from "../validate.ts";
import { traces } from "../diagnostics.ts";
import { TransactionEndedError, abortError, isRetryable } from "../errors.ts";
import { rejection } from "../stack.ts";
import { traced } from "../traced.ts";

/** What `onRetry` is told. */
export interface RetryEvent {
  /** The attempt that failed, from 1. */
  readonly attempt: number;
  readonly error: unknown;
  /** Until the next one. */
  readonly delayMs: number;
  readonly elapsedMs: number;
}

/** `{ retry }` of the driver: how managed transactions are tried again. */
export interface RetryConfig {
  /** No attempt starts later than this after the first, in milliseconds; default 30,000; 0 never retries. */
  readonly maxTimeMs?: number | undefined;
  /** Before the second attempt, in milliseconds; default 1000. */
  readonly initialDelayMs?: number | undefined;
  /** Each delay is this many times the one before; default 2. */
  readonly factor?: number | undefined;
  /** No delay is longer, in milliseconds; default Infinity. */
  readonly maxDelayMs?: number | undefined;
  /** Delays vary by this share up and down, so that clients do not come back in step; 0 to 1, default 0.2. */
  readonly jitter?: number | undefined;
  /** Another curve altogether: milliseconds to wait after the failed attempt (from 1). */
  readonly delay?: ((attempt: number) => number) | undefined;
  /** Overrules what is retried; undefined leaves it to the driver. */
  readonly retryable?: ((error: unknown, attempt: number) => boolean | undefined) | undefined;
  /** Called before each delay. */
  readonly onRetry?: ((event: RetryEvent) => void) | undefined;
  /**
   * An auto-commit query that the server refused and vows to have had no effect is sent once more, at once;
   * default true.
   */
  readonly autoCommit?: boolean | undefined;
}

/** The same, settled. */
export type RetryPolicy = Complete<Omit<RetryConfig, "delay" | "retryable" | "onRetry">> &
  Pick<RetryConfig, "delay" | "retryable" | "onRetry">;

/**
 * Those who wait for their next attempt: each can be woken by an error. Not a signal, since Node 20 warns of one that more
 * than ten listen to.
 */
export type Sleepers = Set<(error: BoltError) => void>;

export interface RetryOptions {
  readonly policy: RetryPolicy;
  readonly clock: Clock;
  readonly signal?: AbortSignal | undefined;
  readonly sleepers?: Sleepers | undefined;
}

/**
 * The attempts at one piece of work: `pause(error)` after each that failed. Whoever attempts has the
 * loop, so that the first attempt costs no promise of ours.
 */
export class Retries {
  readonly #options: RetryOptions;
  readonly #start: number;
  #attempt = 1;

  constructor(options: RetryOptions) {
    this.#options = options;
    this.#start = options.clock.now();
  }

  /** Resolves when it is time for the next attempt; rejects with `error` when there is to be none. */
  async pause(error: unknown): Promise<void> {
    const { policy, clock, signal } = this.#options;
    if (signal?.aborted) {
      // Work that went on in the transaction, or came to its end, met what the signal had left of it.
      return rejection(error instanceof TransactionEndedError ? (error.cause ?? error) : error);
    }
    const attempt = this.#attempt++;
    const elapsedMs = clock.now() - this.#start;
    const leftMs = policy.maxTimeMs - elapsedMs;
    const turnMs = delayAfter(attempt, policy, clock);
    // The last attempt is made when the time is over, not skipped because its turn would come later.
    const delayMs = Math.min(turnMs, leftMs);
    const again = policy.retryable?.(error, attempt) ?? isRetryable(error);
    // No number, or for ever: then there is no next attempt.
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
    // By onRetry, perhaps.
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
