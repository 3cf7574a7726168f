// A Bolt server in memory for tests: the real ServerConnection behind a Dial, a table of queries instead of an
// engine, and faults on demand. All requests are in `log`; grouped by write, in `writes`.
import { Failure, type Metadata, type Request, ServerConnection, type ServerEvent } from "@bolt/protocol";
import type { Dial, Duplex } from "../src/transport/transport.ts";

/** The outcome of a query: rows, a failure of RUN, or a failure after some rows. */
export interface Answer {
  readonly fields?: readonly string[];
  readonly rows?: Iterable<readonly unknown[]>;
  readonly failure?: Failure;
  /** Fails after the rows. */
  readonly lateFailure?: Failure;
  readonly started?: Metadata;
  readonly ended?: Metadata;
}

export type Engine = (query: string, parameters: Readonly<Record<string, unknown>>) => Answer | undefined;

export interface TestServerOptions {
  readonly versions?: readonly string[];
  readonly engine?: Engine;
  /** Answers a request in place of the server: return true if it did, "hold" to leave the request unanswered. */
  readonly intercept?: (request: Request, connection: TestConnection) => boolean | "hold" | undefined | void;
  /** Delivers bytes to the client in pieces of this size. */
  readonly pieces?: number;
  /** Additional metadata in the answer to HELLO. */
  readonly hello?: Metadata;
  readonly logon?: Metadata;
}

interface OpenRows {
  readonly answer: Answer;
  readonly rows: Iterator<readonly unknown[]>;
  ahead: IteratorResult<readonly unknown[]>;
}

export class TestConnection {
  readonly server: TestServer;
  readonly protocol: ServerConnection;
  readonly duplex: Duplex;
  readonly log: Request[] = [];
  /** Names of the requests in each write of the client. */
  readonly writes: string[][] = [];
  closed = false;
  paused = false;
  held: Request | undefined;
  #heldQid = -1;
  readonly #results: Map<number, OpenRows> = new Map();
  readonly #toClient: Uint8Array[] = [];
  #pumping = false;
  /** The server's side is closed. */
  #gone = false;
  #bookmarks = 0;
  #inTransaction = false;
  sentBytes = 0;
  /** Number of bytes after which the connection is cut. */
  cutAfter: number = Infinity;
  /** The error that the client's socket closes with then; undefined is a clean end. */
  cutBy: unknown;

  constructor(server: TestServer) {
    this.server = server;
    this.protocol = new ServerConnection({ versions: server.options.versions });
    this.duplex = {
      write: (bytes) => this.#fromClient(bytes.slice()),
      close: () => {
        this.closed = true;
      },
      pause: () => {
        this.paused = true;
      },
      resume: () => {
        this.paused = false;
        this.#pump();
      },
    };
  }

  /** Names of all requests so far. */
  get names(): string[] {
    return this.log.map((request) => request.name);
  }

  /** Closes the connection from the server's side. */
  cut(error?: unknown): void {
    queueMicrotask(() => {
      if (this.closed || this.#gone) return;
      this.closed = this.#gone = true;
      this.duplex.onClose?.(error);
    });
  }

  /** Sends bytes past the ServerConnection. */
  raw(bytes: Uint8Array): void {
    this.#toClient.push(bytes);
    this.#pump();
  }

  /** Answers the held request. */
  release(answer?: (protocol: ServerConnection) => void): void {
    const request = this.held!;
    this.held = undefined;
    if (answer) answer(this.protocol);
    else this.#answer(request, this.#heldQid);
    this.#drain();
  }

  #fromClient(bytes: Uint8Array): void {
    queueMicrotask(() => {
      if (this.#gone) return;
      const before = this.log.length;
      this.protocol.receive(bytes);
      this.#drain();
      this.writes.push(this.log.slice(before).map((request) => request.name));
    });
  }

  #drain(): void {
    try {
      for (let event = this.protocol.nextEvent(); event; event = this.protocol.nextEvent()) this.#on(event);
    } catch {
      this.#flush();
      this.cut();
    }
    this.#flush();
  }

  #on(event: ServerEvent): void {
    if (event.type === "Interrupted") {
      this.server.interrupts++;
      if (!this.held) return;
      this.held = undefined;
      this.protocol.failure(new Failure("Neo.ClientError.Transaction.Terminated", "interrupted"));
    }
    if (event.type !== "RequestReceived") return;
    const { request, qid } = event;
    this.log.push(request);
    this.server.log.push(request);
    if (request.name === "GOODBYE") return;
    const done = this.server.options.intercept?.(request, this);
    if (done === "hold") {
      this.held = request;
      this.#heldQid = qid;
    } else if (!done) this.#answer(request, qid);
  }

  #answer(request: Request, qid: number): void {
    const { protocol } = this;
    const { hello, logon } = this.server.options;
    switch (request.name) {
      case "HELLO":
        return protocol.success({ server: "Neo4j/5.26.0", connectionId: "bolt-1", ...hello });
      case "LOGON":
        return protocol.success(logon ?? {});
      case "RUN":
        return this.#run(request.query, request.parameters, qid);
      case "PULL":
        return this.#pull(request.n, qid);
      case "DISCARD":
        return this.#pull(0, qid);
      case "BEGIN":
        this.#inTransaction = true;
        return protocol.success();
      case "COMMIT":
        this.#inTransaction = false;
        return protocol.success({ bookmark: `b${++this.#bookmarks}` });
      case "ROUTE":
        return protocol.success(this.server.routes());
      default:
        this.#inTransaction = false;
        this.#results.clear();
        return protocol.success();
    }
  }

  #run(query: string, parameters: Readonly<Record<string, unknown>>, qid: number): void {
    const answer = this.server.options.engine?.(query, parameters) ?? built(query, parameters);
    if (answer.failure) return this.protocol.failure(answer.failure);
    const rows = (answer.rows ?? [])[Symbol.iterator]();
    this.#results.set(qid, { answer, rows, ahead: rows.next() });
    this.protocol.success({ fields: answer.fields ?? [], tFirst: 1, ...answer.started });
  }

  #pull(n: number, qid: number): void {
    const open = this.#results.get(qid)!;
    for (let left = n; left !== 0 && !open.ahead.done; left--) {
      this.protocol.record(open.ahead.value);
      open.ahead = open.rows.next();
    }
    if (n !== 0 && !open.ahead.done) return this.protocol.success({ hasMore: true });
    this.#results.delete(qid);
    if (open.answer.lateFailure) return this.protocol.failure(open.answer.lateFailure);
    const bookmark = this.#inTransaction ? {} : { bookmark: `b${++this.#bookmarks}` };
    this.protocol.success({ type: "r", tLast: 2, db: "neo4j", ...bookmark, ...open.answer.ended });
  }

  #flush(): void {
    const bytes = this.protocol.bytesToSend();
    if (!bytes) return;
    const size = this.server.options.pieces ?? 65_536;
    for (let at = 0; at < bytes.length; at += size) this.#toClient.push(bytes.slice(at, at + size));
    this.#pump();
  }

  // One piece at a time, each in its own turn, as a socket would.
  #pump(): void {
    if (this.#pumping) return;
    this.#pumping = true;
    queueMicrotask(() => {
      this.#pumping = false;
      if (this.paused || this.closed) return;
      let bytes = this.#toClient.shift();
      if (!bytes) return;
      const left = this.cutAfter - this.sentBytes;
      if (bytes.length >= left) {
        bytes = bytes.slice(0, left);
        this.sentBytes += bytes.length;
        if (bytes.length > 0) this.duplex.onData?.(bytes);
        this.cut(this.cutBy);
        return;
      }
      this.sentBytes += bytes.length;
      this.duplex.onData?.(bytes);
      this.#pump();
    });
  }
}

export class TestServer {
  readonly options: TestServerOptions;
  readonly connections: TestConnection[] = [];
  readonly log: Request[] = [];
  interrupts = 0;
  /** Called for each connection as it is made. */
  onConnection: ((connection: TestConnection) => void) | undefined;
  /** The answer to ROUTE. */
  routes: () => Metadata = () => ({
    rt: {
      ttl: 300,
      servers: [
        { addresses: ["test:7687"], role: "ROUTE" },
        { addresses: ["test:7687"], role: "READ" },
        { addresses: ["test:7687"], role: "WRITE" },
      ],
      db: "neo4j",
    },
  });

  constructor(options: TestServerOptions = {}) {
    this.options = options;
  }

  /** The Dial of a driver under test. */
  readonly dial: Dial = () => {
    const connection = new TestConnection(this);
    this.connections.push(connection);
    this.onConnection?.(connection);
    return connection.duplex;
  };

  /** The latest connection. */
  get connection(): TestConnection {
    return this.connections.at(-1)!;
  }

  get names(): string[] {
    return this.log.map((request) => request.name);
  }

  /** Names of all requests but the login's. */
  get work(): string[] {
    return this.names.filter((name) => name !== "HELLO" && name !== "LOGON");
  }
}

/** Answers queries that every test server understands. */
function built(query: string, parameters: Readonly<Record<string, unknown>>): Answer {
  const echo = /^RETURN \$(\w+) AS (\w+)$/.exec(query);
  if (echo) return { fields: [echo[2]!], rows: [[parameters[echo[1]!]]] };
  const one = /^RETURN (\d+) AS (\w+)$/.exec(query);
  if (one) return { fields: [one[2]!], rows: [[Number(one[1])]] };
  const range = /^RANGE (\d+)$/.exec(query);
  if (range) return { fields: ["i"], rows: Array.from({ length: Number(range[1]) }, (_, i) => [i]) };
  if (query.startsWith("CREATE")) return { ended: { type: "w", stats: { "nodes-created": 1 } } };
  if (query.startsWith("TRANSIENT"))
    return { failure: new Failure("Neo.TransientError.Transaction.DeadlockDetected", "again") };
  return { failure: new Failure("Neo.ClientError.Statement.SyntaxError", `Invalid input '${query}'`) };
}
