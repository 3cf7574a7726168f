// The seam between results and what runs them. Interfaces only.
import type { BoltError, Metadata } from "@bolt/protocol";
import type { ResultStream } from "./stream.ts";
import type { ResultConfig } from "./row-mapper.ts";

/** Who runs results: a session, a transaction or a pipeline. */
export interface StreamOwner {
  /** The result is complete. A promise holds that back from the readers; its rejection makes it a failure. */
  streamEnded(stream: ResultStream, metadata: Metadata): void | Promise<void>;
  /** It failed or was aborted, before it was `sent` or after. A promise holds the error back from the readers. */
  streamFailed(stream: ResultStream, error: BoltError, sent: boolean): void | Promise<void>;
  /** Whether another RUN came after it on the same connection, so that PULL must name the result. */
  isBehind?(stream: ResultStream): boolean;
  /** Whether a refused RUN is worth sending again, as it is; then the owner does so. */
  resend?(): boolean;
}

/** What a result needs to know besides its query. */
export interface StreamConfig extends ResultConfig {
  readonly signal?: AbortSignal | undefined;
}
