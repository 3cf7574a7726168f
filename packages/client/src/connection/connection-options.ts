// The options for opening a connection. Types and checks; no connection.
import type { AuthToken, BoltAgent, ClientConnectionOptions } from "@bolt/protocol";
import type { Clock } from "../clock.ts";
import type { Observer } from "../observer.ts";
import type { Address } from "../transport/address.ts";
import { type Checks, list, oneOf } from "../validate.ts";

/** The driver's settings that a connection needs. */
export interface ConnectionConfig extends Omit<ClientConnectionOptions, "observer"> {
  readonly observer?: Observer | undefined;
  readonly userAgent: string;
  readonly boltAgent: BoltAgent;
  /** Which notifications servers should omit (5.2+); with older servers `open` rejects. */
  readonly notifications?: NotificationSettings | undefined;
  readonly clock: Clock;
}

/** Spec: HELLO and BEGIN/RUN, notification keys, 5.2+. */
export interface NotificationSettings {
  /** The least severe notification that is wanted; `"OFF"` for none at all. */
  readonly minimumSeverity?: "OFF" | "WARNING" | "INFORMATION" | undefined;
  /** Classes of notifications that are not wanted, such as `"DEPRECATION"`. */
  readonly disabledClassifications?: readonly string[] | undefined;
}

/** The checks for NotificationSettings. */
export const NOTIFICATIONS: Checks = {
  minimumSeverity: oneOf("OFF", "WARNING", "INFORMATION"),
  disabledClassifications: list("strings"),
};

export interface OpenOptions {
  readonly address: Address;
  readonly config: ConnectionConfig;
  readonly auth: AuthToken;
  /** The routing context of `neo4j://`; undefined for no server-side routing. */
  readonly routing?: Readonly<Record<string, string>> | undefined;
  /** When it fires, the duplex is closed and `open` rejects. */
  readonly signal?: AbortSignal | undefined;
}
