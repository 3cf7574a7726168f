// The seam between results and their owners. Interfaces only.
import type { BoltError, Metadata } from "@bolt/protocol";
import type { ResultConfig } from "./row-mapper.ts";
import type { ResultStream } from "./stream.ts";

/** The owner of results: an auto-commit query, a pipeline or a transaction. */
export interface StreamOwner {
  /** The result is complete. Its readers learn of it when a returned promise settles; a rejection fails the result. */
  streamEnded(stream: ResultStream, metadata: Metadata): void | Promise<void>;
  /** It failed or was aborted, before it was `sent` or after. A returned promise delays the error for the readers. */
  streamFailed(stream: ResultStream, error: BoltError, sent: boolean): void | Promise<void>;
  /** Whether another RUN came after it on the same connection, so that PULL must name the result. */
  isBehind?(stream: ResultStream): boolean;
  /** Resends the query of a refused RUN, if it may be sent again; returns whether it was. */
  resend?(): boolean;
}

/** Settings of a result, besides its query. */
export interface StreamConfig extends ResultConfig {
  readonly signal?: AbortSignal | undefined;
}
