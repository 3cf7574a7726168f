// The loop of one Bolt connection: duplex <-> ServerConnection <-> session. Owns its deadlines, and decides
// when to stop reading. Knows nothing of what requests mean.
import { type Failure, HandshakeError, ServerConnection, type ServerEvent } from "@bolt/protocol";
import type { Row } from "./backend.ts";
import { Alarm } from "./clock.ts";
import type { Host } from "./host.ts";
import { observe } from "./observer.ts";
import { Outflow } from "./outflow.ts";
import type { Outlet } from "./session/outlet.ts";
import { Session } from "./session/session.ts";
import type { ByteDuplex, DuplexHandlers, DuplexInfo } from "./transport/transport.ts";
import type { BoltVersion, Metadata } from "./types.ts";

/** After the last word: how long the client may take to read it and to close its side … */
export const LINGER_MS = 5000;
/** … and how long when there was nothing to say. */
const SHORT_LINGER_MS = 250;

/** So much may arrive while others have their turn, or the client does not read, before reading stops. */
const MAX_UNREAD_BYTES = 256 * 1024;

export class Connection implements Outlet, DuplexHandlers {
  readonly id: string;
  readonly info: DuplexInfo;
  /** Why it ended, for the log. */
  endReason = "the client has left";
  bytesReceived = 0;
  /** After close(): the backend's work that has not come to rest. */
  rest: Promise<unknown> | undefined;
  readonly #host: Host;
  readonly #duplex: ByteDuplex;
  readonly #protocol: ServerConnection;
  readonly #session: Session;
  readonly #outflow: Outflow;
  /** Nothing more is read or said. */
  #ending = false;
  #draining = false;
  #running = false;
  #isLoggedIn = false;
  #paused = false;
  /** Bytes received since nothing waited for its turn. */
  #bytesBehind = 0;
  /** Bytes received since all that had been was looked at; not more than that many are still to be. */
  #unreadBytes = 0;
  /** For the login, and when all is said for the client to leave. Runs already. */
  readonly #deadline: Alarm;
  readonly #idleAlarm: Alarm;
  readonly #keepAlive: Alarm;

  /** Whoever made `deadline` calls outOfTime() when it rings, and disposes of it. */
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
    // An async source may let the next row wait: the client gets what there is.
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

  // --- for the server and its door

  outOfTime(): void {
    this.#drop("no login in time");
  }

  /** Ends as soon as nothing runs and no transaction is open. */
  drainAndEnd(): void {
    this.#draining = true;
    this.#run();
  }

  /** Ends now. What runs is interrupted, and answered if somebody is there. */
  stop(): void {
    if (this.#ending) return;
    this.#session.interrupt("server-closing");
    this.#finish("the server is closing");
  }

  // --- the loop

  /** Goes on in a new turn of the event loop. */
  #enter(first?: () => void): void {
    this.#outflow.startSlice();
    this.#run(first);
  }

  /** Goes on with `first` and then with whatever was received, as far as it can; then writes. */
  #run(first?: () => void): void {
    if (this.#ending) return;
    // Answers that are given at once are given inside this loop.
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

  /** A running request is looked beyond, for a RESET; the next one waits until there is room for its answer. */
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

  /** Everything that could be done now is done. */
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

  /** Stops reading while too much waits, and goes on when it has become less. */
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
    // To a client that does not even read, nothing more is said.
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
      // The client's doing: a stack of ours says nothing of it, and would fill the log at any client's will.
      const facts = { ...client, reason: error.message };
      if (error instanceof HandshakeError) logger.info("handshake failed", facts);
      else logger.warn("protocol violated", facts);
      return this.#finish(error.message);
    }
    // A fault of this program must not become one of the process.
    logger.error("a connection has failed", { ...client, error });
    this.#drop("internal error");
  }

  /** Says what is left to say, then closes. */
  #finish(reason: string, lingerMs = LINGER_MS): void {
    if (this.#ending) return;
    this.#ending = true;
    this.endReason = reason;
    this.#outflow.flush();
    // Unread bytes would make the network drop the last words.
    this.#duplex.resume();
    this.#duplex.end();
    this.#deadline.set(lingerMs);
    void this.#session.close();
  }

  /** Closes without a word. */
  #drop(reason: string): void {
    if (!this.#ending) this.endReason = reason;
    this.#ending = true;
    // Some streams tell late that they have closed: until then nothing may write to them.
    this.#outflow.close();
    void this.#session.close();
    this.#duplex.destroy();
  }
}
