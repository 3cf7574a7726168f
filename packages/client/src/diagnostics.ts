// Events for tracing tools by way of node:diagnostics_channel, where the runtime has it: nothing is imported,
// and nothing is done while nobody listens. Events hold texts and counts, no parameters, rows or secrets.

/** As much of a `diagnostics_channel` channel as is used. */
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

/** What a traced piece of work tells; the same object goes to all of its events. */
export interface TraceContext {
  /** `host:port`, once it is known. */
  server?: string | undefined;
  database?: string | undefined;
  /** Why it failed, in `error` and after. */
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

  /** Whether anybody listens. */
  get heard(): boolean {
    const channels = (this.#channels ??= load(this.#name));
    // Asked for each query: a call of some() takes several times as long.
    for (let i = 0; i < channels.length; i++) if (channels[i]!.hasSubscribers) return true;
    return false;
  }

  /** Announces the work, where it is heard; give what comes back to `done`. */
  begin(context: TraceContext): TraceContext {
    const [start, end] = this.#channels!;
    start!.publish(context);
    end!.publish(context);
    return context;
  }

  /** The work is over; `error` says that it failed. */
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

/** The kinds of work that are traced. See docs/observability.md. */
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

/** None where the runtime has no such thing. */
function load(name: string): readonly Channel[] {
  const { process } = globalThis as Runtime;
  // Sandboxes that are no Node may have a function that throws there.
  const tracing =
    process?.versions?.node && process.getBuiltinModule?.("node:diagnostics_channel")?.tracingChannel?.(name);
  if (!tracing) return [];
  return [tracing.start, tracing.end, tracing.asyncStart, tracing.asyncEnd, tracing.error];
}
