// Bolt servers in memory, made of the sans-IO ServerConnection, behind a `dial` that finds them by address. A table
// of handlers gives the answers, so that a test changes just the one it is about.
import {
  type Begin,
  Failure,
  type Logon,
  type Pull,
  type Request,
  type RequestName,
  type Route,
  type RoutingTable,
  type Run,
  ServerConnection,
} from "@bolt/protocol";
import type { Address } from "../src/transport/address.ts";
import { Channel, type Dial, type DialOptions, type Duplex } from "../src/transport/transport.ts";

type Handler<R> = (request: R, link: Link) => void;

export interface Handlers {
  LOGON: Handler<Logon>;
  ROUTE: Handler<Route>;
  RUN: Handler<Run>;
  PULL: Handler<Pull>;
  BEGIN: Handler<Begin>;
  COMMIT: Handler<Request>;
  RESET: Handler<Request>;
  [other: string]: Handler<never>;
}

/** One connection, from the server's side. */
export class Link {
  readonly protocol: ServerConnection;
  readonly server: SimServer;
  readonly duplex: Duplex;
  readonly #channel: Channel;
  /** For handlers: the state of this connection. */
  user = "";
  work: string[] = [];
  open = true;

  constructor(server: SimServer, version: string) {
    this.server = server;
    this.protocol = new ServerConnection({ versions: [version] });
    this.#channel = new Channel({
      write: (bytes) => {
        const copy = bytes.slice();
        queueMicrotask(() => this.#receive(copy));
      },
      close: () => queueMicrotask(() => this.#gone()),
    });
    this.duplex = this.#channel;
  }

  flush(): void {
    const bytes = this.protocol.bytesToSend();
    if (bytes) queueMicrotask(() => this.#channel.received(bytes));
  }

  /** The server closes or, with an error, the network breaks. Earlier answers still arrive. */
  close(error?: unknown): void {
    this.flush();
    queueMicrotask(() => {
      this.#channel.ended(error);
      this.#gone();
    });
  }

  fail(code: string, message = "no"): void {
    this.protocol.failure(new Failure(code, message));
  }

  #gone(): void {
    this.open = false;
    this.server.links.delete(this);
  }

  #receive(bytes: Uint8Array): void {
    if (!this.open || this.server.silent) return;
    try {
      this.protocol.receive(bytes);
      for (let event; (event = this.protocol.nextEvent());) {
        if (event.type === "RequestReceived") this.server.handle(event.request, this);
        this.flush();
      }
    } catch {
      // A HandshakeError or RemoteProtocolError: the answer is queued, nothing more follows.
      return this.close();
    }
    this.flush();
    if (this.protocol.state === "DEFUNCT" && this.open) this.close();
  }
}

export class SimServer {
  readonly address: string;
  /** The requests, as `RUN RETURN 1` or `LOGON ann`. */
  readonly log: string[] = [];
  readonly links: Set<Link> = new Set();
  version = "5.4";
  hints: Record<string, boolean | number> = {};
  /** Refuses connections while false. */
  up = true;
  /** Accepts connections but never answers. */
  silent = false;
  /** Number of connections ever accepted. */
  accepted = 0;
  table: RoutingTable | undefined;
  on: Partial<Handlers> = {};

  constructor(address: string) {
    this.address = address;
  }

  count(what: string): number {
    return this.log.filter((entry) => entry.startsWith(what)).length;
  }

  handle(request: Request, link: Link): void {
    this.log.push(describe(request));
    const own = this.on[request.name] as Handler<Request> | undefined;
    if (own) return own(request, link);
    defaults[request.name]?.(request, link);
  }
}

function describe(request: Request): string {
  if (request.name === "LOGON") return `LOGON ${request.auth.principal ?? request.auth.credentials ?? "-"}`;
  if (request.name === "RUN") return `RUN ${request.query}`;
  if (request.name === "ROUTE") return `ROUTE ${request.db ?? "-"}`;
  return request.name;
}

const succeed = (_: Request, { protocol }: Link): void => protocol.success();

const defaults: Partial<Record<RequestName, (request: Request, link: Link) => void>> = {
  HELLO: (_, { protocol, server }) =>
    protocol.success({
      server: "Neo4j/5.26.0",
      connectionId: `bolt-${server.accepted}`,
      hints: server.hints,
    }),
  LOGON: succeed,
  LOGOFF: succeed,
  RESET: succeed,
  BEGIN: succeed,
  COMMIT: succeed,
  ROLLBACK: succeed,
  TELEMETRY: succeed,
  ROUTE: (request, { protocol, server }) => {
    const { db } = request as Route;
    if (server.table) protocol.success({ rt: { db: db ?? "home", ...server.table } });
    else protocol.failure(new Failure("Neo.ClientError.Procedure.ProcedureNotFound", "no routing here"));
  },
  RUN: (_, { protocol }) => protocol.success({ fields: ["at"] }),
  PULL: (_, { protocol, server }) => {
    protocol.record([server.address]);
    protocol.success({ type: "r" });
  },
  DISCARD: succeed,
};

/** The network: servers by address. */
export class SimNetwork {
  readonly servers: Map<string, SimServer> = new Map();
  readonly dialled: string[] = [];

  server(address: string): SimServer {
    let server = this.servers.get(address);
    if (!server) this.servers.set(address, (server = new SimServer(address)));
    return server;
  }

  get dial(): Dial {
    return async (address: Address, _options: DialOptions): Promise<Duplex> => {
      const name = address.toString();
      this.dialled.push(name);
      const server = this.servers.get(name);
      if (!server?.up) throw Object.assign(new Error("connect ECONNREFUSED"), { code: "ECONNREFUSED" });
      server.accepted++;
      const link = new Link(server, server.version);
      server.links.add(link);
      return link.duplex;
    };
  }

  /** Gives every server the same routing table. */
  route(
    roles: { routers: string[]; readers: string[]; writers: string[] },
    ttl: number | bigint = 300,
  ): void {
    const table = tableOf(roles, ttl);
    for (const server of this.servers.values()) server.table = table;
  }
}

export function tableOf(
  { routers, readers, writers }: { routers: string[]; readers: string[]; writers: string[] },
  ttl: number | bigint = 300,
): RoutingTable {
  return {
    ttl,
    servers: [
      { role: "ROUTE", addresses: routers },
      { role: "READ", addresses: readers },
      { role: "WRITE", addresses: writers },
    ],
  };
}
