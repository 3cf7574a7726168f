// The order of the steps, and what happens when one of them fails: the failure is reported, everything created is
// deleted, the driver is closed.
import { auth, driver, type DriverConfig, ServerFailure } from "@bolt/client";
import { complaint } from "../complaint.ts";
import type { Report } from "../transcript.ts";
import { type Door, openTcp } from "../wire/door.ts";
import { Tap } from "../wire/tap.ts";
import { cleanUp, goodbye, reset, sweep } from "./closing.ts";
import { create, nodes, path } from "./graph.ts";
import { handshake, login } from "./opening.ts";
import { explain, notification } from "./plans.ts";
import { failing, one, two } from "./queries.ts";
import { Stage, type Step } from "./stage.ts";
import { commit, rollback } from "./transactions.ts";
import { types } from "./types.ts";

export const STEPS: readonly Step[] = [
  handshake,
  login,
  one,
  two,
  failing,
  create,
  explain,
  notification,
  nodes,
  path,
  rollback,
  commit,
  types,
  reset,
  cleanUp,
  goodbye,
];

export interface PlayOptions {
  readonly uri: string;
  /** Undefined logs in without a user. */
  readonly login: { readonly user: string; readonly password: string } | undefined;
  readonly database?: string | undefined;
  /** The only version to negotiate, such as `"4.4"`; undefined offers all. */
  readonly bolt?: string | undefined;
  readonly embedded: boolean;
  /** Report every byte. */
  readonly wire: boolean;
  readonly report: Report;
  /** Ends the dialogue early; everything created is deleted even then. */
  readonly signal?: AbortSignal | undefined;
  readonly config?: DriverConfig | undefined;
  /** Opens the byte streams. Undefined: plain TCP, or the client's own transports for URIs that need more. */
  readonly door?: Door | undefined;
}

/** Plays the whole dialogue. Returns whether every step went as expected. */
export async function play(options: PlayOptions): Promise<boolean> {
  const { uri, signal, bolt, config } = options;
  let over = false;
  // An interrupted step may run on for a moment; its reports are dropped.
  const report: Report = (event) => {
    if (!over) options.report(event);
  };
  const startedAt = performance.now();
  const tap = new Tap(options.wire ? report : undefined);
  const token = options.login ? auth.basic(options.login.user, options.login.password) : auth.none();
  report({ type: "opening", server: uri, embedded: options.embedded });
  const stopped = interruption(signal);
  let step: Step | undefined;
  let stage: Stage | undefined;
  try {
    const db = driver(uri, token, {
      // A single connection, so that all messages are seen in order.
      pool: { maxSize: 1 },
      ...config,
      // With TLS or WebSockets the client opens its own connections, and their bytes cannot be watched.
      ...((options.door || /^(bolt|neo4j):/.test(uri)) && { dial: tap.dial(options.door ?? openTcp) }),
      observer: tap.observer,
      ...(bolt !== undefined && { versions: bolt }),
    });
    stage = new Stage({ db, database: options.database, tap, report });
    for (step of STEPS) {
      report({
        type: "step",
        number: STEPS.indexOf(step) + 1,
        title: step.title,
        explanation: step.explanation,
      });
      await Promise.race([step.run(stage), stopped]);
    }
    report({ type: "finished", steps: STEPS.length, ms: Math.round(performance.now() - startedAt) });
    return true;
  } catch (error) {
    const reason = signal?.aborted ? "interrupted" : complaint(error);
    // The first step opens the connection, login included.
    const failed = step === handshake && error instanceof ServerFailure ? login : step;
    report({ type: "failed", step: failed?.title, reason });
    over = true;
    await leave(stage);
    return false;
  }
}

/** A promise that rejects when the signal fires and never resolves. */
function interruption(signal: AbortSignal | undefined): Promise<never> {
  const promise = new Promise<never>((_, reject) => {
    const abort = (): void => reject(new Error("interrupted"));
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort, { once: true });
  });
  // Prevents an unhandled rejection if nothing awaits it at that time.
  promise.catch(() => {});
  return promise;
}

/** Cleans up as far as possible: it may be the connection that failed. */
async function leave(stage: Stage | undefined): Promise<void> {
  if (!stage) return;
  try {
    await stage.session.close();
    if (stage.server !== undefined) await sweep(stage, stage.newSession());
  } catch {
    // Nothing was created, or the server cannot be reached any more.
  }
  await stage.db.close();
}
