// The loop of one Bolt connection: duplex <-> ServerConnection <-> session. Owns its deadlines, and decides
// when to stop reading. Knows nothing of what requests mean.
import {
  type Failure,
  HandshakeError,
  ServerConnection,
  type ServerEvent,
  type BoltVersion,
  type Metadata,
} from "@bolt/protocol";
import type { Row } from "./backend.ts";
import { Alarm } from "./clock.ts";
import type { Host } from "./host.ts";
import { observe } from "./observer.ts";
import { Outflow } from "./outflow.ts";
import type { Outlet } from "./session/outlet.ts";
import { Session } from "./session/session.ts";
import type { ByteDuplex, DuplexHandlers, DuplexInfo } from "./transport/transport.ts";

/** After the last bytes: how long the client may take to read them and to close its side … */
export const LINGER_MS = 5000;
/** … and how long when there was nothing to send. */
const SHORT_LINGER_MS = 250;

/** How much may arrive while others have their turn, or the client does not read, before reading stops. */
const MAX_UNREAD_BYTES = 256 * 1024;

export class Connection implements Outlet, DuplexHandlers {
  readonly id: string;
  readonly info: DuplexInfo;
  /** Why it ended, for the log. */
  endReason = "the client has left";
  bytesReceived = 0;
  /** After close(): the backend's work that has not settled. */
  rest: Promise<unknown> | undefined;
  readonly #host: Host;
  readonly #duplex: ByteDuplex;
  readonly #protocol: ServerConnection;
  readonly #session: Session;
  readonly #outflow: Outflow;
  /** Nothing more is read or written. */
  #ending = false;
  #draining = false;
  #running = false;
  #isLoggedIn = false;
  #paused = false;
  /** Bytes received since the last time that no request was pending. */
  #bytesBehind = 0;
  /** Bytes received since everything earlier was processed: an upper bound of what is unprocessed. */
  #unreadBytes = 0;
  /** For the login, and after the last answer for the client to leave. Already set by its creator. */
  readonly #deadline: Alarm;
  readonly #idleAlarm: Alarm;
  readonly #keepAlive: Alarm;

  /** The creator of `deadline` calls outOfTime() when it rings, and disposes of it. */
  constructor(host: Host, id: string, duplex: ByteDuplex, deadline: Alarm) {
    const { clock, limits, versions, integers, floats } = host;
    this.id = id;
    this.info = duplex.info;
    this.#host = host;
    this.#duplex = duplex;
    this.#protocol = new ServerConnection({
      versions,
      integers,
      floats,
      maxDepth: limits.maxDepth,
      maxMessageBytes: limits.maxMessageBytes,
      maxMessageBytesBeforeLogin: limits.maxMessageBytesBeforeLogin,
      observer: observe(host, id),
    });
    this.#session = new Session(host, this);
    this.#outflow = new Outflow(
      host,
      duplex,
      this.#protocol,
      (resume) => this.#enter(resume),
      () => this.#drop("the client does not read"),
    );
    this.#deadline = deadline;
    this.#keepAlive = new Alarm(clock, () => this.#sendNoop());
    this.#idleAlarm = new Alarm(clock, () => this.#idled());
  }

  get bytesSent(): number {
    return this.#outflow.bytesSent;
  }

  // --- the session's outlet

  get version(): BoltVersion {
    return this.#protocol.version!;
  }

  success(metadata?: Metadata): void {
    this.#protocol.success(metadata);
    this.#run();
  }

  failure(failure: Failure): void {
    this.#protocol.failure(failure);
    this.#run();
  }

  record(row: Row): void {
    this.#protocol.record(row);
    // The next row of an async source may take long: the client gets what there is.
    if (!this.#running) this.#outflow.flushSoon();
  }

  ready(resume?: () => void): boolean {
    return this.#outflow.ready(resume);
  }

  loggedIn(yes: boolean): void {
    if (yes) this.#deadline.cancel();
    else this.#deadline.set(this.#host.limits.loginTimeoutMs);
    if (yes !== this.#isLoggedIn) this.#host.metrics.loggedIn += yes ? 1 : -1;
    this.#isLoggedIn = yes;
  }

  // --- the duplex's handlers

  data(bytes: Uint8Array): void {
    if (this.#ending) return;
    const { metrics, limits } = this.#host;
    metrics.bytesReceived += bytes.length;
    this.bytesReceived += bytes.length;
    this.#idleAlarm.set(limits.idleTimeoutMs);
    if (this.#protocol.pending === 0) this.#bytesBehind = 0;
    this.#bytesBehind += bytes.length;
    this.#unreadBytes += bytes.length;
    // Some streams cannot be paused.
    if (this.#paused && this.#bytesBehind > 4 * limits.maxQueuedBytes) {
      return this.#drop("the client sends more than can wait");
    }
    this.#enter(() => this.#protocol.receive(bytes));
  }

  drain(): void {
    this.#outflow.drained();
  }

  end(): void {
    this.#protocol.receiveEof();
    this.#enter();
  }

  close(error?: Error): void {
    if (error && !this.#ending) this.endReason = error.message;
    this.#ending = true;
    this.loggedIn(false);
    this.#outflow.close();
    this.#idleAlarm.dispose();
    this.#keepAlive.dispose();
    this.rest = this.#session.close();
  }

  // --- for the server and Incoming

  outOfTime(): void {
    this.#drop("no login in time");
  }

  /** Ends as soon as nothing runs and no transaction is open. */
  drainAndEnd(): void {
    this.#draining = true;
    this.#run();
  }

  /** Ends now. What runs is interrupted, and answered if the client is still there. */
  stop(): void {
    if (this.#ending) return;
    this.#session.interrupt("server-closing");
    this.#finish("the server is closing");
  }

  // --- the loop

  /** Runs the loop in a new turn of the event loop. */
  #enter(first?: () => void): void {
    this.#outflow.startSlice();
    this.#run(first);
  }

  /** Calls `first`, then handles what was received as far as possible, then writes. */
  #run(first?: () => void): void {
    if (this.#ending) return;
    // A synchronous answer comes from inside this loop, which then goes on by itself.
    if (this.#running) return first?.();
    this.#running = true;
    try {
      first?.();
      while (this.#mayGoOn()) {
        const event = this.#protocol.nextEvent();
        if (!event) {
          this.#unreadBytes = 0;
          break;
        }
        this.#handle(event);
      }
    } catch (error) {
      this.#broken(error);
    }
    this.#running = false;
    this.#pauseOrRest();
  }

  /** While a request runs, looks ahead for a RESET; otherwise the next request waits for room for its answer. */
  #mayGoOn(): boolean {
    if (this.#ending || this.#protocol.state === "DEFUNCT") return false;
    return this.#session.busy || this.ready();
  }

  #handle(event: ServerEvent): void {
    if (event.type === "RequestReceived") {
      if (event.request.name === "GOODBYE") this.#finish("goodbye");
      else this.#session.request(event.request, event.qid);
    } else if (event.type === "Interrupted") this.#session.interrupt("reset");
    else if (event.type === "ConnectionLost") this.#finish("the client has left");
  }

  /** Called when everything that could be done now is done. */
  #pauseOrRest(): void {
    if (this.#ending) return;
    const { state, pending } = this.#protocol;
    if (state === "DEFUNCT") return this.#finish("refused");
    const { busy, idle } = this.#session;
    if (state === "FAILED") this.#session.abandon();
    if (this.#draining && idle && pending === 0)
      return this.#finish("the server is closing", SHORT_LINGER_MS);
    if (busy) {
      this.#outflow.flushSoon();
      const { keepAliveMs } = this.#host.limits;
      if (this.version.atLeast(4, 1)) this.#keepAlive.set(keepAliveMs);
    } else {
      this.#outflow.flush();
      this.#keepAlive.cancel();
    }
    this.#throttle(pending, (this.#outflow.full && !busy) || this.#unreadBytes > MAX_UNREAD_BYTES);
  }

  /** Stops reading while too much waits, and resumes when less does. */
  #throttle(pending: number, stopped: boolean): void {
    const { maxQueuedRequests, resumeQueuedRequests, maxQueuedBytes } = this.#host.limits;
    const enough = this.#paused ? resumeQueuedRequests + 1 : maxQueuedRequests;
    const tooMuch = stopped || pending >= enough || (pending > 0 && this.#bytesBehind > maxQueuedBytes);
    if (tooMuch === this.#paused) return;
    this.#paused = tooMuch;
    if (tooMuch) return this.#duplex.pause();
    this.#bytesBehind = 0;
    this.#duplex.resume();
  }

  // --- deadlines

  #sendNoop(): void {
    if (this.#ending || !this.#session.busy) return;
    this.#keepAlive.set(this.#host.limits.keepAliveMs);
    // A client that does not even read gets no sign of life.
    if (this.#outflow.full) return;
    this.#protocol.noop();
    this.#outflow.flush();
  }

  #idled(): void {
    if (this.#session.busy) this.#idleAlarm.set(this.#host.limits.idleTimeoutMs);
    else this.#finish("idle for too long");
  }

  // --- ends

  #broken(error: unknown): void {
    const { logger } = this.#host;
    const client = { connection: this.id, remoteAddress: this.info.remoteAddress };
    if (error instanceof Error && "code" in error && this.#protocol.state === "DEFUNCT") {
      // The client's fault: a stack trace would not explain it, and clients could fill the log with them.
      const facts = { ...client, reason: error.message };
      if (error instanceof HandshakeError) logger.info("handshake failed", facts);
      else logger.warn("protocol violated", facts);
      return this.#finish(error.message);
    }
    // An error in this code must not end the process.
    logger.error("a connection has failed", { ...client, error });
    this.#drop("internal error");
  }

  /** Writes what is queued, then closes. */
  #finish(reason: string, lingerMs = LINGER_MS): void {
    if (this.#ending) return;
    this.#ending = true;
    this.endReason = reason;
    this.#outflow.flush();
    // A socket that is closed with unread bytes is reset, and the last answers may be lost.
    this.#duplex.resume();
    this.#duplex.end();
    this.#deadline.set(lingerMs);
    void this.#session.close();
  }

  /** Closes without writing anything. */
  #drop(reason: string): void {
    if (!this.#ending) this.endReason = reason;
    this.#ending = true;
    // Some streams report late that they have closed: until then nothing may write to them.
    this.#outflow.close();
    void this.#session.close();
    this.#duplex.destroy();
  }
}
