// The order of the steps, and what happens when one of them fails: it is told, what was created is deleted,
// the driver is closed.
import { auth, driver, type DriverConfig, ServerFailure } from "@bolt/client";
import { complaint } from "../complaint.ts";
import type { Report } from "../transcript.ts";
import { type Door, openTcp } from "../wire/door.ts";
import { Tap } from "../wire/tap.ts";
import { cleanUp, goodbye, reset, sweep } from "./closing.ts";
import { create, nodes, path } from "./graph.ts";
import { handshake, login } from "./opening.ts";
import { explain, remark } from "./plans.ts";
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
  remark,
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
  /** Undefined logs in as nobody. */
  readonly login: { readonly user: string; readonly password: string } | undefined;
  readonly database?: string | undefined;
  /** The one version to negotiate, as `"4.4"`; undefined offers all. */
  readonly bolt?: string | undefined;
  readonly embedded: boolean;
  /** Tell every byte. */
  readonly wire: boolean;
  readonly report: Report;
  /** Ends the dialogue early; what was created is deleted all the same. */
  readonly signal?: AbortSignal | undefined;
  readonly config?: DriverConfig | undefined;
  /** Opens the byte streams; undefined for TCP, and for what the client does itself where that is not enough. */
  readonly door?: Door | undefined;
}

/** Plays the whole dialogue. Returns whether every step went as it should. */
export async function play(options: PlayOptions): Promise<boolean> {
  const { uri, signal, bolt, config } = options;
  let over = false;
  // A step that is interrupted may run on for a moment; nobody wants to hear of it.
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
      // All on one connection, so that everything is seen in its order.
      pool: { maxSize: 1 },
      ...config,
      // Bytes under TLS and in WebSockets are the client's own affair.
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

/** Rejects when the signal fires, and does nothing else ever. */
function interruption(signal: AbortSignal | undefined): Promise<never> {
  const promise = new Promise<never>((_, reject) => {
    const abort = (): void => reject(new Error("interrupted"));
    if (signal?.aborted) abort();
    signal?.addEventListener("abort", abort, { once: true });
  });
  // Nobody may be waiting when it happens.
  promise.catch(() => {});
  return promise;
}

/** Best effort: the connection may be the very thing that failed. */
async function leave(stage: Stage | undefined): Promise<void> {
  if (!stage) return;
  try {
    await stage.session.close();
    if (stage.server !== undefined) await sweep(stage, stage.newSession());
  } catch {
    // Nothing was created, or it cannot be reached any more.
  }
  await stage.db.close();
}
