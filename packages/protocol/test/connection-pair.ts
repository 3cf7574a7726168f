// A real client and a real server connection joined in memory, with the events of both ends.
import {
  type AuthTokenInit,
  ClientConnection,
  type ClientConnectionOptions,
  type ClientEvent,
  ServerConnection,
  type ServerConnectionOptions,
  type ServerEvent,
} from "../src/index.ts";

export const TOKEN: AuthTokenInit = { scheme: "basic", principal: "neo4j", credentials: "secret" };

export class ConnectionPair {
  readonly client: ClientConnection;
  readonly server: ServerConnection;

  constructor(version: string, client: ClientConnectionOptions = {}, server: ServerConnectionOptions = {}) {
    this.client = new ClientConnection({ versions: [version], ...client });
    this.server = new ServerConnection(server);
  }

  /** Handshake and login done, READY. */
  static ready(
    version: string,
    client: ClientConnectionOptions = {},
    server: ServerConnectionOptions = {},
  ): ConnectionPair {
    const pair = new ConnectionPair(version, client, server);
    pair.handshake();
    pair.login();
    return pair;
  }

  handshake(): void {
    for (let round = 0; round < 3; round++) {
      this.toServer();
      this.toClient();
    }
  }

  login(): void {
    this.client.hello({ userAgent: "pair/1.0" });
    this.client.logon(TOKEN);
    this.toServer();
    while (this.server.pending > 0) {
      this.server.success({ server: "Neo4j/5.26.0" });
      this.serverEvents();
    }
    this.toClient();
  }

  /** Hands over what the client has to send; returns the server's events. */
  toServer(): ServerEvent[] {
    const bytes = this.client.bytesToSend();
    if (bytes) this.server.receive(bytes);
    return this.serverEvents();
  }

  /** Hands over what the server has to send; returns the client's events. */
  toClient(): ClientEvent[] {
    const bytes = this.server.bytesToSend();
    if (bytes) this.client.receive(bytes);
    return this.clientEvents();
  }

  serverEvents(): ServerEvent[] {
    const events: ServerEvent[] = [];
    for (let event = this.server.nextEvent(); event; event = this.server.nextEvent()) events.push(event);
    return events;
  }

  clientEvents(): ClientEvent[] {
    const events: ClientEvent[] = [];
    for (let event = this.client.nextEvent(); event; event = this.client.nextEvent()) events.push(event);
    return events;
  }
}
