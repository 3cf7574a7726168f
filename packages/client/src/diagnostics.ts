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
  #channel: TracingChannel | undefined | null = null;

  constructor(name: string) {
    this.#name = name;
  }

  /** Whether anybody listens. */
  get heard(): boolean {
    const channel = this.#channel === null ? (this.#channel = load(this.#name)) : this.#channel;
    return channel !== undefined && isHeard(channel);
  }

  /** Announces the work, if anybody listens; give what comes back to `done`. */
  begin(facts: () => TraceContext): TraceContext | undefined {
    if (!this.heard) return undefined;
    const channel = this.#channel!;
    const context = facts();
    channel.start.publish(context);
    channel.end.publish(context);
    return context;
  }

  /** Announces work that took no time. */
  passed(facts: TraceContext): void {
    const context = this.begin(() => facts);
    if (context) this.done(context);
  }

  /** The work is over; `error` says that it failed. */
  done(context: TraceContext, error?: unknown): void {
    const channel = this.#channel!;
    if (error !== undefined) {
      context.error = error;
      channel.error.publish(context);
    }
    channel.asyncStart.publish(context);
    channel.asyncEnd.publish(context);
  }
}

function isHeard({ start, asyncEnd, error, end, asyncStart }: TracingChannel): boolean {
  return (
    start.hasSubscribers ||
    asyncEnd.hasSubscribers ||
    error.hasSubscribers ||
    end.hasSubscribers ||
    asyncStart.hasSubscribers
  );
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
    getBuiltinModule?(name: string): { tracingChannel?(name: string): TracingChannel } | undefined;
  };
}

function load(name: string): TracingChannel | undefined {
  const { process } = globalThis as Runtime;
  return process?.getBuiltinModule?.("node:diagnostics_channel")?.tracingChannel?.(name);
}
