// A program with both ends of a connection, without a socket.
import {
  ClientConnection,
  type ClientEvent,
  Date,
  Failure,
  LocalProtocolError,
  Node,
  type ObservedMessage,
  readValues,
  RemoteProtocolError,
  type Request,
  type Response,
  ServerConnection,
  type ServerEvent,
  type State,
  STATE_TABLES,
  stateTable,
} from "@bolt/protocol";

const seen: ObservedMessage[] = [];
const client = new ClientConnection({
  versions: ["6.1-6.0", "5.8"],
  integers: "bigint",
  observer: { sent: (message) => void seen.push(message), received: (message) => void seen.push(message) },
});
const server = new ServerConnection({ maxMessageBytesBeforeLogin: 1000 });

client.hello({ userAgent: "consumer/1.0" });
client.logon({ scheme: "basic", principal: "ann", credentials: "secret" });
client.run("RETURN $x", { x: Date.parse("2024-02-29") });
client.pull({ n: 1000, rows: readValues });

/** `type` discriminates the events. */
export function onClientEvent(event: ClientEvent): string {
  switch (event.type) {
    case "VersionNegotiated":
      return event.version.toString();
    case "RecordReceived":
      return `${event.records.length} records`;
    case "ResponseReceived":
      event.request satisfies Request;
      event.response satisfies Response;
      return event.response instanceof Failure ? event.response.gqlStatus : event.request.name;
    case "ConnectionLost":
      return "lost";
  }
}

export function onServerEvent(event: ServerEvent): void {
  if (event.type !== "RequestReceived") return;
  if (event.request.name === "RUN") event.request.query satisfies string;
  server.record([new Node(1, ["Person"], { name: "Ann" }, "4:x:1")]);
  server.success({ fields: ["n"] });
}

client.state satisfies State;
if (server.version) stateTable(server.version) satisfies (typeof STATE_TABLES)[keyof typeof STATE_TABLES];

export function blame(error: unknown): string {
  if (error instanceof LocalProtocolError) return "us";
  return error instanceof RemoteProtocolError ? "them" : "nobody";
}

// @ts-expect-error a message that does not exist
client.reboot();
