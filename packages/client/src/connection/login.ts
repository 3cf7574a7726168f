// From the first byte to a connection that is logged in: handshake, HELLO and LOGON, as one promise. Knows what is sent
// in which version; what servers say of themselves is for the connection to keep.
import type { BoltError, BoltVersion, Metadata } from "@bolt/protocol";
import { type OpenOptions, requireNotificationFilters } from "./connection-options.ts";
import type { Dialogue } from "./dialogue.ts";
import { abortError } from "../errors.ts";
import { handler } from "./replies.ts";

/** What is learned on the way, in this order. */
export interface LoginFacts {
  negotiated(version: BoltVersion): void;
  /** HELLO's SUCCESS. */
  greeted(metadata: Metadata): void;
  /** LOGON's SUCCESS. */
  loggedOn(metadata: Metadata): void;
}

/** Rejects with HandshakeError, ServerFailure, ConnectionLostError or AbortError; the dialogue is over then. */
export function login(
  dialogue: Dialogue,
  server: string,
  options: OpenOptions,
  facts: LoginFacts,
): Promise<void> {
  const { auth, signal } = options;
  return new Promise((resolve, reject) => {
    const abort = (): void => dialogue.shut(abortError(signal!, "connecting", server));
    const failed = (error: BoltError): void => {
      signal?.removeEventListener("abort", abort);
      dialogue.shut(error);
      reject(error);
    };
    dialogue.onNegotiated = (version) => {
      facts.negotiated(version);
      hello(dialogue, version, server, options);
      dialogue.expect(handler(failed, (metadata) => facts.greeted(metadata)));
      dialogue.protocol.logon(auth);
      dialogue.expect(
        handler(failed, (metadata) => {
          facts.loggedOn(metadata);
          signal?.removeEventListener("abort", abort);
          resolve();
        }),
      );
      // Last, so that whatever was thrown above still finds somebody to tell.
      dialogue.unexpect();
    };
    // One handler stands for the handshake, so that whatever breaks it is told like a failed request.
    dialogue.expect(handler(failed));
    if (signal?.aborted) return abort();
    signal?.addEventListener("abort", abort, { once: true });
    dialogue.flush();
  });
}

function hello(
  { protocol }: Dialogue,
  version: BoltVersion,
  server: string,
  { config, routing }: OpenOptions,
): void {
  const { userAgent, boltAgent, notifications } = config;
  if (notifications) requireNotificationFilters(version, notifications, server);
  protocol.hello({
    userAgent,
    boltAgent: version.atLeast(5, 3) ? boltAgent : undefined,
    routing: version.atLeast(4, 1) ? routing : undefined,
    patchBolt: version.atLeast(4, 3) && !version.atLeast(5) ? ["utc"] : undefined,
    notificationsMinimumSeverity: notifications?.minimumSeverity,
    notificationsDisabledClassifications: notifications?.disabledClassifications,
  });
}
