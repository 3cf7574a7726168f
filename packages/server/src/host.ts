// What all connections of a server share, including the options. An interface, so that a connection can be tested
// without a server.
import type { Backend } from "./backend.ts";
import type { Config } from "./config.ts";
import type { Events, Metrics } from "./events.ts";
import type { LoginGuard } from "./session/login-guard.ts";

export interface Host extends Config {
  // The principal's type matters only to the backend's author: all other code just passes it on.
  readonly backend: Backend;
  readonly metrics: Metrics;
  readonly events: Events;
  readonly loginGuard: LoginGuard;
}
