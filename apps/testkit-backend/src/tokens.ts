// Converts TestKit's authorization tokens to the driver's, and back.
import { auth, AuthToken } from "@bolt/client";
import type { Data } from "./context.ts";
import type { Message } from "./lines.ts";

// TestKit compares the token it gets back with the one it sent, field by field.
const sent: WeakMap<AuthToken, Message> = new WeakMap();

/** `{ name: "AuthorizationToken", data: { scheme … } }` */
export function readToken(message: unknown): AuthToken {
  const token = tokenOf((message as Message).data);
  sent.set(token, message as Message);
  return token;
}

/** Returns the message that the token was made from. */
export function writeToken(token: AuthToken): Message {
  const known = sent.get(token);
  if (known) return known;
  const { scheme, principal, credentials, realm, parameters } = token;
  return { name: "AuthorizationToken", data: { scheme, principal, credentials, realm, parameters } };
}

function tokenOf({ scheme, principal, credentials, realm, parameters }: Data): AuthToken {
  const text = (value: unknown): string => (value ?? "") as string;
  switch (scheme) {
    case "basic":
      return auth.basic(text(principal), text(credentials), (realm ?? undefined) as string | undefined);
    case "bearer":
      return auth.bearer(text(credentials));
    case "kerberos":
      return auth.kerberos(text(credentials));
    default:
      return auth.custom(
        text(principal),
        (credentials ?? undefined) as string | undefined,
        (realm ?? undefined) as string | undefined,
        text(scheme),
        (parameters ?? undefined) as Record<string, unknown> | undefined,
      );
  }
}
