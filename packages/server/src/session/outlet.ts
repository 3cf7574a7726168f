// What a session knows about its connection: where answers and rows go.
import type { Failure, BoltVersion, Metadata } from "@bolt/protocol";
import type { DuplexInfo } from "../transport/transport.ts";
import type { RowSink } from "./result-stream.ts";

export interface Outlet extends RowSink {
  readonly id: string;
  readonly info: DuplexInfo;
  /** Known by the first request. */
  readonly version: BoltVersion;
  success(metadata?: Metadata): void;
  failure(failure: Failure): void;
  /** The client has logged in, or off. */
  loggedIn(yes: boolean): void;
}
