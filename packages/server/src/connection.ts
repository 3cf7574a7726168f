// The loop of one Bolt connection: duplex <-> ServerConnection <-> session. Owns its timers, decides when to
// write, when to stop reading, and when others have their turn. Knows nothing of what requests mean.
import { type Failure, HandshakeError, ServerConnection, type ServerEvent } from "@bolt/protocol";
import type { Row } from "./backend.ts";
import { Alarm } from "./clock.ts";
import type { Host } from "./host.ts";
import { Interruption, type InterruptionReason } from "./interruption.ts";
import { type Outlet, Session } from "./session.ts";
import type { ByteDuplex, DuplexHandlers, DuplexInfo } from "./transport.ts";
import type { BoltVersion, Metadata } from "./types.ts";

/** Records are written in pieces of this size: larger ones gain nothing on a socket. */
const WRITE_BYTES = 64 * 1024;
/** What one connection may do before others have their turn. `write()` may never say that it is enough. */
const SLICE_BYTES = 256 * 1024;
const SLICE_MS = 5;
/** Looking at the clock costs more than a small row. */
const ROWS_PER_CLOCK = 16;
/** After the last word: how long the client may take to read it and to close its side … */
const LINGER_MS = 5000;
/** … and how long when there was nothing to say. */
const SHORT_LINGER_MS = 250;

export class Connection implements Outlet, DuplexHandlers {
  readonly id: string;
  readonly info: DuplexInfo;
  readonly #host: Host;
  readonly #duplex: ByteDuplex;
  readonly #protocol: ServerConnection;
  readonly #session: Session;
  /** Why it ended, for the log. */
  endReason = "the client has left";
  #ending = false;
  #closed = false;
  #draining = false;
  #running = false;
  #flushDeferred = false;
  // Reading.
  #paused = false;
  #bytesBehind = 0;
  // Writing.
  #full = false;
  #waiting: (() => void) | undefined;
  #stalledAt = 0;
  // Fairness.
  #sliceEnd = 0;
  #sliceBytes = 0;
  #rows = 0;
  // Deadlines.
  readonly #loginAlarm: Alarm;
  readonly #idleAlarm: Alarm | undefined;
  readonly #keepAlive: Alarm;
  readonly #stall: Alarm;
  readonly #linger: Alarm;

  /** `openedAt`: when the first byte stream was accepted; the login's deadline counts from there. */
  constructor(host: Host, id: string, duplex: ByteDuplex, openedAt: number) {
    const { config } = host;
    const { clock, limits, observer, versions } = config;
    this.id = id;
    this.info = duplex.info;
    this.#host = host;
    this.#duplex = duplex;
    this.#protocol = new ServerConnection({
      versions,
      integers: config.integers,
      floats: config.floats,
      maxDepth: limits.maxDepth,
      maxMessageBytes: limits.maxMessageBytes,
      maxMessageBytesBeforeLogin: limits.maxMessageBytesBeforeLogin,
      observer: typeof observer === "function" ? observer(id) : observer,
    });
    this.#session = new Session(host, this);
    this.#loginAlarm = new Alarm(clock, () => this.#drop("no login in time"));
    this.#loginAlarm.set(openedAt + (limits.loginTimeoutMs || Infinity) - clock.now());
    this.#keepAlive = new Alarm(clock, this.#sendNoop);
    this.#stall = new Alarm(clock, this.#stalled);
    this.#linger = new Alarm(clock, () => duplex.destroy());
    if (limits.idleTimeoutMs) this.#idleAlarm = new Alarm(clock, this.#idled);
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
    if (!this.#running) this.#flushSoon();
  }

  ready(resume: () => void): boolean {
    const queued = this.#protocol.queuedBytes;
    if (queued >= WRITE_BYTES) {
      this.#sliceBytes += queued;
      this.#flush();
    }
    if (this.#full) {
      this.#waiting = resume;
      return false;
    }
    const { clock } = this.#host.config;
    const over =
      this.#sliceBytes >= SLICE_BYTES || (++this.#rows % ROWS_PER_CLOCK === 0 && clock.now() > this.#sliceEnd);
    if (over) clock.defer(() => this.#enter(resume));
    return !over;
  }

  loggedIn(yes: boolean): void {
    if (yes) this.#loginAlarm.cancel();
    else this.#loginAlarm.set(this.#host.config.limits.loginTimeoutMs || Infinity);
    if (yes !== this.#isLoggedIn) this.#host.metrics.loggedIn += yes ? 1 : -1;
    this.#isLoggedIn = yes;
  }

  #isLoggedIn = false;

  // --- the duplex's handlers

  data(bytes: Uint8Array): void {
    if (this.#ending) return;
    const { metrics, config } = this.#host;
    metrics.bytesReceived += bytes.length;
    this.bytesReceived += bytes.length;
    this.#idleAlarm?.set(config.limits.idleTimeoutMs);
    if (this.#protocol.pending === 0) this.#bytesBehind = 0;
    this.#bytesBehind += bytes.length;
    // Some streams cannot be paused.
    if (this.#paused && this.#bytesBehind > 4 * config.limits.maxQueuedBytes) {
      return this.#drop("the client sends more than can wait");
    }
    this.#protocol.receive(bytes);
    this.#enter();
  }

  drain(): void {
    if (!this.#full) return;
    this.#full = false;
    this.#host.metrics.blocked--;
    this.#stall.cancel();
    const resume = this.#waiting;
    this.#waiting = undefined;
    this.#enter(resume);
  }

  end(): void {
    this.#protocol.receiveEof();
    this.#enter();
  }

  close(error?: Error): void {
    if (this.#closed) return;
    this.#closed = true;
    if (error && !this.#ending) this.endReason = error.message;
    this.#ending = true;
    for (const alarm of [this.#loginAlarm, this.#idleAlarm, this.#keepAlive, this.#stall, this.#linger]) {
      alarm?.dispose();
    }
    if (this.#full) this.#host.metrics.blocked--;
    this.#full = false;
    this.loggedIn(false);
    this.#loginAlarm.dispose();
    this.rest = this.#session.close(new Interruption("connection-lost"));
  }

  // --- for the server

  bytesReceived = 0;
  bytesSent = 0;
  /** After close(): the backend's work that has not come to rest. */
  rest: Promise<unknown> | undefined;

  /** Ends as soon as nothing runs and no transaction is open. */
  drainAndEnd(): void {
    this.#draining = true;
    this.#run();
  }

  /** Ends now. What runs is interrupted and answered, unless `reason` says that nobody is there. */
  stop(reason: InterruptionReason, text: string): void {
    if (this.#ending) return;
    this.#session.interrupt(new Interruption(reason));
    this.#finish(text);
  }

  // --- the loop

  /** A new turn of the event loop, so a new slice of it. */
  #enter(first?: () => void): void {
    this.#sliceEnd = this.#host.config.clock.now() + SLICE_MS;
    this.#sliceBytes = 0;
    this.#run(first);
  }

  /** Goes on with `first` and then with whatever was received, as far as it can; then writes. */
  #run(first?: () => void): void {
    if (this.#closed) return;
    // Answers that are given at once are given inside this loop.
    if (this.#running) return first?.();
    this.#running = true;
    try {
      first?.();
      while (this.#mayGoOn()) {
        const event = this.#protocol.nextEvent();
        if (!event) break;
        this.#handle(event);
      }
    } catch (error) {
      this.#broken(error);
    }
    this.#running = false;
    this.#rest();
  }

  /** A running request is looked beyond, for a RESET; the next one waits until there is room for its answer. */
  #mayGoOn(): boolean {
    if (this.#ending || this.#protocol.state === "DEFUNCT") return false;
    return this.#session.busy || this.ready(this.#goOn);
  }

  readonly #goOn = (): void => {}; // what #run does anyway

  #handle(event: ServerEvent): void {
    switch (event.type) {
      case "RequestReceived":
        if (event.request.name === "GOODBYE") this.#finish("goodbye");
        else this.#session.request(event.request, event.qid);
        break;
      case "Interrupted":
        this.#session.interrupt(new Interruption("reset"));
        break;
      case "ConnectionLost":
        this.#finish("the client has left");
        break;
      case "VersionNegotiated":
    }
  }

  /** Everything that could be done now is done. */
  #rest(): void {
    if (this.#ending) return;
    if (this.#protocol.state === "DEFUNCT") return this.#finish("refused");
    const { busy, idle } = this.#session;
    if (this.#protocol.state === "FAILED") this.#session.abandon();
    if (this.#draining && idle && this.#protocol.pending === 0) return this.#finish("the server is closing", SHORT_LINGER_MS);
    if (busy) {
      // More answers may follow within the same turn of the event loop: one write for all of them.
      this.#flushSoon();
      const { keepAliveMs } = this.#host.config.limits;
      if (keepAliveMs > 0 && this.version.atLeast(4, 1)) this.#keepAlive.set(keepAliveMs);
    } else {
      this.#flush();
      this.#keepAlive.cancel();
    }
    this.#throttle();
  }

  /** Stops reading while too much waits, and goes on when it has become less. */
  #throttle(): void {
    const { maxQueuedRequests, resumeQueuedRequests, maxQueuedBytes } = this.#host.config.limits;
    const { pending } = this.#protocol;
    const stopped = this.#full && !this.#session.busy;
    if (!this.#paused) {
      const tooMuch = pending >= maxQueuedRequests || (pending > 0 && this.#bytesBehind > maxQueuedBytes);
      if (!tooMuch && !stopped) return;
      this.#paused = true;
      this.#duplex.pause();
    } else if (!stopped && (pending === 0 || (pending <= resumeQueuedRequests && this.#bytesBehind <= maxQueuedBytes))) {
      this.#paused = false;
      this.#bytesBehind = 0;
      this.#duplex.resume();
    }
  }

  // --- writing

  #flushSoon(): void {
    if (this.#flushDeferred || this.#protocol.queuedBytes === 0) return;
    this.#flushDeferred = true;
    this.#host.config.clock.defer(() => {
      this.#flushDeferred = false;
      this.#flush();
    });
  }

  #flush(): void {
    if (this.#closed) return;
    for (let bytes = this.#protocol.bytesToSend(); bytes; bytes = this.#protocol.bytesToSend()) {
      this.bytesSent += bytes.length;
      this.#host.metrics.bytesSent += bytes.length;
      this.#duplex.write(bytes);
    }
    const { writeHighWaterBytes, writeTimeoutMs } = this.#host.config.limits;
    if (this.#full || this.#duplex.bufferedBytes <= writeHighWaterBytes) return;
    this.#full = true;
    this.#host.metrics.blocked++;
    this.#stalledAt = this.#duplex.bufferedBytes;
    this.#stall.set(writeTimeoutMs || Infinity);
  }

  readonly #stalled = (): void => {
    const { bufferedBytes } = this.#duplex;
    if (bufferedBytes >= this.#stalledAt) return this.#drop("the client does not read");
    this.#stalledAt = bufferedBytes;
    this.#stall.set(this.#host.config.limits.writeTimeoutMs);
  };

  readonly #sendNoop = (): void => {
    if (this.#ending || !this.#session.busy) return;
    this.#keepAlive.set(this.#host.config.limits.keepAliveMs);
    // To a client that does not even read, nothing more is said.
    if (this.#full) return;
    this.#protocol.noop();
    this.#flush();
  };

  readonly #idled = (): void => {
    if (this.#session.busy) this.#idleAlarm?.set(this.#host.config.limits.idleTimeoutMs);
    else this.#finish("idle for too long");
  };

  // --- ends

  #broken(error: unknown): void {
    const { logger } = this.#host.config;
    const facts = { connection: this.id, remoteAddress: this.info.remoteAddress, error };
    if (error instanceof Error && "code" in error && this.#protocol.state === "DEFUNCT") {
      if (error instanceof HandshakeError) logger.info?.("handshake failed", facts);
      else logger.warn?.("protocol violated", facts);
      return this.#finish(error.message);
    }
    logger.error?.("a connection has failed", facts);
    this.#finish("internal error");
  }

  /** Says what is left to say, then closes. */
  #finish(reason: string, lingerMs = LINGER_MS): void {
    if (this.#ending) return;
    this.#ending = true;
    this.endReason = reason;
    this.#flush();
    this.#duplex.resume();
    this.#duplex.end();
    this.#linger.set(lingerMs);
    void this.#session.close(new Interruption("connection-lost"));
  }

  /** Closes without a word. */
  #drop(reason: string): void {
    if (!this.#ending) this.endReason = reason;
    this.#ending = true;
    this.#duplex.destroy();
  }
}
