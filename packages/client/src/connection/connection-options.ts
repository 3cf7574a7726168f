// What a connection is opened with. Types and checks; no connection.
import type { AuthToken, BoltAgent, ClientConnectionOptions } from "@bolt/protocol";
import type { Address } from "../transport/address.ts";
import type { Clock } from "../clock.ts";
import type { Observer } from "../observer.ts";
import { type Checks, list, oneOf } from "../validate.ts";

/** What a connection must know of the driver's settings. */
export interface ConnectionConfig extends Omit<ClientConnectionOptions, "observer"> {
  readonly observer?: Observer | undefined;
  readonly userAgent: string;
  readonly boltAgent: BoltAgent;
  /** Which remarks servers leave out (5.2+); older servers make `open` reject. */
  readonly notifications?: NotificationSettings | undefined;
  readonly clock: Clock;
}

/** Spec: HELLO and BEGIN/RUN, notification keys, 5.2+. */
export interface NotificationSettings {
  /** The least severe remark that is wanted: `"OFF"` for none at all. */
  readonly minimumSeverity?: "OFF" | "WARNING" | "INFORMATION" | undefined;
  /** Classes of remarks that are not wanted, such as `"DEPRECATION"`. */
  readonly disabledClassifications?: readonly string[] | undefined;
}

/** What may be said in NotificationSettings. */
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
  /** Gives up: the duplex is closed and `open` rejects. */
  readonly signal?: AbortSignal | undefined;
}
