// Turns any error into one clear line for the person at the terminal. The line cannot contain secrets, because no error
// of the packages does.
import { BoltError, HandshakeError, ServerFailure, TimeoutError } from "@bolt/client";

/** One line without a line break, never with a stack trace. */
export function complaint(error: unknown): string {
  const [line = ""] = sentence(error).split("\n", 1);
  return line;
}

function sentence(error: unknown): string {
  const handshake = causes(error).find((cause) => cause instanceof HandshakeError);
  if (handshake instanceof HandshakeError) return ofHandshake(handshake);
  if (error instanceof ServerFailure)
    return error.isSecurity ? `the login was refused: ${error.message}` : `${error.code}: ${error.message}`;
  if (error instanceof TimeoutError)
    return `${error.message}: if nothing answers at all, it is not a Bolt port, or a firewall blocks it`;
  const code = networkCode(error);
  if (code !== undefined && error instanceof Error) {
    const what = NETWORK[code] ?? "the network failed";
    return error.message.includes(what) ? error.message : `${what} (${error.message})`;
  }
  if (error instanceof BoltError || error instanceof Error) return error.message;
  return String(error);
}

function ofHandshake({ reason, offered, received }: HandshakeError): string {
  switch (reason) {
    case "http":
      return "that port speaks HTTP, not Bolt; Neo4j's Bolt port is usually 7687";
    case "tls":
      return "that port speaks TLS: try bolt+s:// (or bolt+ssc:// for a self-signed certificate)";
    case "no-common-version":
      return `the server speaks none of the versions proposed: ${offered.join(", ")}`;
    case "closed":
      return "the other side hung up during the handshake: it does not speak Bolt, or wants TLS (bolt+s://)";
    default:
      return `that is not a Bolt server; it answered with ${received === "" ? "nothing" : received}`;
  }
}

const NETWORK: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "there is no such host",
  EAI_AGAIN: "there is no such host, or no name server that knows it",
  EADDRINUSE: "the port is taken",
  EACCES: "permission denied",
  ETIMEDOUT: "no answer",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to the network",
  ECONNRESET: "the other side hung up",
};

/** The system's code of an error or of one of its causes. Of several attempts at one host the first one counts. */
function networkCode(error: unknown): string | undefined {
  for (const cause of causes(error)) {
    const { code } = (cause instanceof AggregateError ? cause.errors[0] : cause) as { code?: unknown };
    if (typeof code === "string" && code in NETWORK) return code;
  }
  return undefined;
}

/** The error, its cause, the cause of that, and so on. */
function causes(error: unknown): Error[] {
  return error instanceof Error ? [error, ...causes(error.cause)] : [];
}
