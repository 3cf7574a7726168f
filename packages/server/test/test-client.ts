// A client in memory: the protocol's own ClientConnection at the other end of a fake duplex.
import {
  ClientConnection,
  Failure,
  Ignored,
  type Metadata,
  type Request,
  type Response,
  SUPPORTED_VERSIONS,
  Success,
} from "@bolt/protocol";
import { type Backend, createServer, type Server, type ServerOptions } from "../src/index.ts";
import { FakeClock } from "./fake-clock.ts";
import { FakeDuplex } from "./fake-duplex.ts";

export interface Reply {
  readonly request: Request["name"];
  readonly response: Response;
  /** What a PULL has brought. */
  readonly records: unknown[][];
}

export class TestClient {
  readonly duplex = new FakeDuplex();
  readonly connection: ClientConnection;
  /** Summaries in order, with the records before them. */
  readonly replies: Reply[] = [];
  readonly clock: FakeClock;
  lost = false;
  #records: unknown[][] = [];

  constructor(clock: FakeClock, version: string) {
    this.clock = clock;
    this.connection = new ClientConnection({ versions: [version] });
    this.duplex.received = (bytes) => {
      this.connection.receive(bytes);
      this.#drain();
    };
  }

  #drain(): void {
    for (let event; (event = this.connection.nextEvent());) {
      if (event.type === "RecordReceived") this.#records.push(...(event.records as unknown[][]));
      else if (event.type === "ResponseReceived") {
        this.replies.push({ request: event.request.name, response: event.response, records: this.#records });
        this.#records = [];
      }
    }
    // The login may have been held back until the version was known.
    this.flush();
  }

  /** Records that no summary has followed yet. */
  get openRecords(): number {
    return this.#records.length;
  }

  flush(): void {
    const bytes = this.connection.bytesToSend();
    if (bytes) this.duplex.send(bytes);
  }

  /** Sends requests in one write, and waits until nothing happens any more. Returns the new replies. */
  async say(talk: (connection: ClientConnection) => void): Promise<Reply[]> {
    const before = this.replies.length;
    talk(this.connection);
    this.flush();
    await this.clock.settle();
    return this.replies.slice(before);
  }

  async login(
    auth: Parameters<ClientConnection["logon"]>[0] = { scheme: "none" },
    hello = {},
  ): Promise<Reply[]> {
    this.flush();
    await this.clock.settle();
    return this.say((connection) => {
      connection.hello({ userAgent: "test/1.0", boltAgent: { product: "test/1.0" }, ...hello });
      connection.logon(auth);
    });
  }
}

/** `["SUCCESS", "FAILURE Neo.…", "IGNORED"]`. */
export function shape(replies: readonly Reply[]): string[] {
  return replies.map(({ response }) =>
    response instanceof Failure
      ? `FAILURE ${response.code}`
      : response instanceof Ignored
        ? "IGNORED"
        : "SUCCESS",
  );
}

export function metadata(reply: Reply | undefined): Metadata {
  if (!(reply?.response instanceof Success))
    throw new Error(`expected SUCCESS, got ${JSON.stringify(reply)}`);
  return reply.response.metadata;
}

export function failureOf(reply: Reply | undefined): Failure {
  if (!(reply?.response instanceof Failure))
    throw new Error(`expected FAILURE, got ${JSON.stringify(reply)}`);
  return reply.response;
}

export interface Meeting {
  readonly server: Server;
  readonly clock: FakeClock;
  readonly client: TestClient;
  /** Log entries as `level: message`. */
  readonly log: string[];
  /** One more client of the same server. */
  readonly another: (version?: string) => TestClient;
}

/** A server and a client that speaks one version, in memory; the client has said nothing yet. */
export function meet(backend: Backend, options: ServerOptions & { version?: string } = {}): Meeting {
  const { version = "5.4", ...rest } = options;
  const clock = new FakeClock();
  const log: string[] = [];
  const write = (level: string) => (message: string) => void log.push(`${level}: ${message}`);
  const logger = { warn: write("warn"), error: write("error"), info: write("info") };
  const server = createServer(backend, { clock, logger, ...rest });
  const another = (other = version): TestClient => {
    const client = new TestClient(clock, other);
    server.accept(client.duplex);
    return client;
  };
  return { server, clock, client: another(), log, another };
}

/** The same, logged in. */
export async function session(backend: Backend, options: Parameters<typeof meet>[1] = {}): Promise<Meeting> {
  const meeting = meet(backend, options);
  await meeting.client.login();
  return meeting;
}

/** Every version that there is. */
export const VERSIONS: readonly string[] = SUPPORTED_VERSIONS.map(String);
