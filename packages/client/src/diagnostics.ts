// Events for tracing tools through node:diagnostics_channel, where the runtime has it: nothing is imported, and
// nothing is done without subscribers. Events hold texts and counts, no parameters, rows or secrets.

/** The part of a `diagnostics_channel` channel that is used. */
interface Channel {
  readonly hasSubscribers: boolean;
  publish(message: unknown): void;
}

interface TracingChannel {
  readonly start: Channel;
  readonly end: Channel;
  readonly asyncStart: Channel;
  readonly asyncEnd: Channel;
  readonly error: Channel;
}

/** What a trace says about a piece of work; the same object goes to all of its events. */
export interface TraceContext {
  /** `host:port`, once it is known. */
  server?: string | undefined;
  database?: string | undefined;
  /** Why it failed, from the event `error` on. */
  error?: unknown;
  [fact: string]: unknown;
}

/** One kind of work, as a TracingChannel: `tracing:bolt.query:start`, `:end`, `:asyncStart`, `:asyncEnd`, `:error`. */
export class Trace {
  readonly #name: string;
  #channels: readonly Channel[] | undefined;

  constructor(name: string) {
    this.#name = name;
  }

  /** Whether anything subscribes. */
  get heard(): boolean {
    const channels = (this.#channels ??= load(this.#name));
    // Called for each query: some() would take several times as long.
    for (let i = 0; i < channels.length; i++) if (channels[i]!.hasSubscribers) return true;
    return false;
  }

  /** Announces the work; only when `heard`. Pass the returned context to `done`. */
  begin(context: TraceContext): TraceContext {
    const [start, end] = this.#channels!;
    start!.publish(context);
    end!.publish(context);
    return context;
  }

  /** Announces the end of the work; with `error`, its failure. */
  done(context: TraceContext, error?: unknown): void {
    const [, , asyncStart, asyncEnd, failed] = this.#channels!;
    if (error !== undefined) {
      context.error = error;
      failed!.publish(context);
    }
    asyncStart!.publish(context);
    asyncEnd!.publish(context);
  }
}

/** The traced kinds of work. See docs/observability.md. */
export const traces: {
  readonly query: Trace;
  readonly connect: Trace;
  readonly acquire: Trace;
  readonly retry: Trace;
  readonly route: Trace;
} = {
  query: /* @__PURE__ */ new Trace("bolt.query"),
  connect: /* @__PURE__ */ new Trace("bolt.connect"),
  acquire: /* @__PURE__ */ new Trace("bolt.acquire"),
  retry: /* @__PURE__ */ new Trace("bolt.retry"),
  route: /* @__PURE__ */ new Trace("bolt.route"),
};

interface Runtime {
  process?: {
    versions?: { node?: string };
    getBuiltinModule?(name: string): { tracingChannel?(name: string): TracingChannel } | undefined;
  };
}

/** The channels of a trace; none where the runtime has no diagnostics_channel. */
function load(name: string): readonly Channel[] {
  const { process } = globalThis as Runtime;
  // Outside Node, sandboxes may have a getBuiltinModule that throws.
  const tracing =
    process?.versions?.node && process.getBuiltinModule?.("node:diagnostics_channel")?.tracingChannel?.(name);
  if (!tracing) return [];
  return [tracing.start, tracing.end, tracing.asyncStart, tracing.asyncEnd, tracing.error];
}
