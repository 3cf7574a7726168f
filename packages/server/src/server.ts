// A server: its ports, its connections, and how it closes. The entry to this package.
import type { Backend } from "./backend.ts";
import { within } from "./clock.ts";
import { checkTls, resolveOptions, type ServerOptions } from "./config.ts";
import { Events, type Listener, type Metrics, noMetrics, type ServerEvents } from "./events.ts";
import type { Host } from "./host.ts";
import { Incoming } from "./incoming.ts";
import { ConfigError, FROM_0, resolve, type Rules } from "./option-checks.ts";
import { LoginGuard } from "./session/login-guard.ts";
import { infoOf } from "./transport/host-port.ts";
import { NodeStreamDuplex, type NodeStreamLike } from "./transport/node-stream.ts";
import type { ListenAddress, Listener as Port, ListenOptions } from "./transport/node-transport.ts";
import { type DuplexLike, toByteDuplex } from "./transport/streams.ts";
import type { TlsOptions } from "./transport/tls-options.ts";
import type { ByteDuplex, DuplexInfo } from "./transport/transport.ts";
import type { RequestHead } from "./web/http-head.ts";

/** How a server closes. */
export interface CloseOptions {
  /** How long running work may continue, in milliseconds; Infinity for as long as it takes. Default 5000. */
  readonly graceMs?: number | undefined;
}

/** An HTTP request to upgrade to another protocol, as Node's `upgrade` event gives it. */
export interface UpgradeRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** A connection that `accept` has accepted. */
export interface Accepted {
  /** `bolt-17`, as in the log and in `context.client`. */
  readonly connectionId: string;
  /** Resolves when the connection is gone. */
  readonly closed: Promise<void>;
}

const CLOSING: Rules = { graceMs: [FROM_0, 5000] };
/** After `graceMs`: how long the last answers may take to be sent. */
const LAST_WORDS_MS = 500;

/** Makes a backend reachable over Bolt. Nothing listens before `listen()`. */
export function createServer<P = unknown>(backend: Backend<P>, options: ServerOptions = {}): Server {
  return new Server(backend, options);
}

/** A backend that speaks Bolt, on ports and on streams; made by {@link createServer}. */
export class Server {
  readonly #host: Host;
  readonly #connected = new Set<Incoming>();
  readonly #ports: Port[] = [];
  /** The backend's unfinished work for connections that are gone. */
  readonly #rests = new Set<Promise<unknown>>();
  #tls: TlsOptions | undefined;
  #ids = 0;
  #closing: Promise<void> | undefined;
  /** Ends the wait for running work, once `graceMs` is over. */
  #graceIsOver: () => void = () => {};

  constructor(backend: Backend, options: ServerOptions) {
    if (typeof backend?.run !== "function") throw new ConfigError("a backend needs at least a method `run`");
    for (const name of ["authenticate", "impersonate", "begin", "route", "close"] as const) {
      if (typeof (backend[name] ?? backend.run) === "function") continue;
      throw new ConfigError(`\`${name}\` of a backend must be a method`);
    }
    const config = resolveOptions(options);
    this.#host = {
      ...config,
      backend,
      metrics: noMetrics(),
      events: new Events((error) => config.logger.error("an event listener has failed", { error })),
      loginGuard: new LoginGuard(config),
    };
    this.#tls = config.tls;
  }

  /** Gauges, and counters since the start. */
  get metrics(): Readonly<Metrics> {
    return { ...this.#host.metrics };
  }

  /** Listens on a TCP port (or a unix socket). May be called several times. */
  async listen(options: ListenOptions = {}): Promise<ListenAddress> {
    if (this.#closing) throw new ConfigError("the server is closed");
    const { listen } = await import("./transport/node-transport.ts");
    const port = await listen(options, this.#host, this.#tls, (duplex) => this.#take(duplex));
    if (this.#closing) {
      port.close();
      throw new ConfigError("the server was closed");
    }
    this.#ports.push(port);
    this.#host.logger.info("listening", { address: port.address.address });
    return port.address;
  }

  /**
   * Serves a stream that you have opened: a socket, one end of an in-memory pair, WHATWG streams, a WebSocket.
   * From now on only the server may read it.
   */
  accept(stream: DuplexLike, info?: DuplexInfo): Accepted {
    const incoming = this.#take(toByteDuplex(stream, info));
    return { connectionId: incoming?.id ?? "", closed: incoming?.closed ?? Promise.resolve() };
  }

  /**
   * For an HTTP server of your own: `http.createServer(…).on("upgrade", server.upgradeHandler)`. Serves Bolt
   * over WebSocket next to whatever else that server does.
   */
  readonly upgradeHandler = (
    request: UpgradeRequest,
    socket: NodeStreamLike,
    head: Uint8Array = new Uint8Array(0),
  ): void => {
    const duplex = new NodeStreamDuplex(socket, infoOf(socket, "websocket"));
    this.#take(duplex)?.upgrade(headOf(request), head);
  };

  /** Replaces the certificates for new connections. `mode` may change, too; `clientCertificate` stays as it was. */
  setTls(tls: TlsOptions): void {
    if (!this.#tls) throw new ConfigError("this server was created without TLS");
    checkTls(tls);
    this.#tls = tls;
    for (const port of this.#ports) port.setTls(tls);
  }

  /** Adds a listener; returns a function that removes it. */
  on<K extends keyof ServerEvents>(name: K, listener: Listener<K>): () => void {
    return this.#host.events.on(name, listener);
  }

  /**
   * Takes no more connections, closes idle ones, lets running work continue for `graceMs`, interrupts the
   * rest, and closes the backend. Of several calls the one whose `graceMs` ends first counts.
   */
  close(options: CloseOptions = {}): Promise<void> {
    let graceMs: number;
    try {
      ({ graceMs } = resolve(options, CLOSING) as { graceMs: number });
    } catch (error) {
      return Promise.reject(error);
    }
    const closing = (this.#closing ??= this.#close());
    void this.#within(graceMs, closing).then((inTime) => inTime || this.#graceIsOver());
    return closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async #close(): Promise<void> {
    const graceIsOver = new Promise<void>((resolve) => (this.#graceIsOver = resolve));
    for (const port of this.#ports) port.close();
    for (const incoming of this.#connected) incoming.drainAndEnd();
    await Promise.race([this.#empty(), graceIsOver]);
    for (const { connection } of this.#connected) connection?.stop();
    if (!(await this.#within(LAST_WORDS_MS, this.#empty())))
      for (const incoming of this.#connected) incoming.destroy();
    await this.#within(this.#host.limits.resetGraceMs, Promise.all(this.#rests));
    await this.#host.backend.close?.();
  }

  /** Waits until no connection is left. */
  #empty(): Promise<unknown> {
    return Promise.all([...this.#connected].map(({ closed }) => closed));
  }

  /** Waits until `done` has settled; false when that takes longer than `timeoutMs`. */
  #within(timeoutMs: number, done: Promise<unknown>): Promise<boolean> {
    // `hold`: with the last socket gone the process would exit before the backend is closed.
    return within(this.#host.clock, timeoutMs, done, true);
  }

  /** Undefined when the connection was refused. */
  #take(duplex: ByteDuplex): Incoming | undefined {
    const { metrics, limits, logger, events } = this.#host;
    if (this.#closing || this.#connected.size >= limits.maxConnections) {
      metrics.connectionsRefused++;
      const why = this.#closing ? "the server is closed" : "there are too many";
      logger.warn(`a connection was refused: ${why}`, { remoteAddress: duplex.info.remoteAddress });
      duplex.destroy();
      return undefined;
    }
    const id = `bolt-${++this.#ids}`;
    metrics.connections++;
    metrics.connectionsTotal++;
    const incoming = new Incoming(this.#host, id, duplex, () => this.#onGone(incoming, duplex.info));
    this.#connected.add(incoming);
    events.emit("connect", () => ({ connectionId: id, info: duplex.info }));
    logger.debug("connected", { connection: id, remoteAddress: duplex.info.remoteAddress });
    return incoming;
  }

  #onGone(incoming: Incoming, info: DuplexInfo): void {
    const { metrics, logger, events } = this.#host;
    if (!this.#connected.delete(incoming)) return;
    metrics.connections--;
    const rest = incoming.connection?.rest;
    if (rest) {
      this.#rests.add(rest);
      void rest.finally(() => this.#rests.delete(rest));
    }
    const { id: connectionId } = incoming;
    const facts = incoming.facts();
    events.emit("disconnect", () => ({ connectionId, info, ...facts }));
    logger.debug("disconnected", { connection: connectionId, reason: facts.reason });
  }
}

/** The head of a request that Node has parsed already. */
function headOf({ method = "GET", url = "/", headers }: UpgradeRequest): RequestHead {
  const map = new Map<string, string>();
  for (const [name, value] of Object.entries(headers)) {
    // Repeated headers come as a list, which String() joins by commas.
    if (value !== undefined) map.set(name.toLowerCase(), String(value));
  }
  return { method, target: url, headers: map };
}
