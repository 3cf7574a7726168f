// A measured process, seen from inside: answers the calls of its parent. Knows the channel between both, but not what is
// measured.

/** Functions that the parent may call; they may return promises. */
export type Calls = Readonly<Record<string, (argument: never) => unknown>>;

export interface Call {
  readonly id: number;
  readonly name: string;
  readonly argument: unknown;
}

export interface Reply {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string;
}

/** The cost of some work: CPU time of all threads of the process, garbage collection included. */
export interface Cost {
  /** Operations done. */
  readonly ops: number;
  readonly cpuUs: number;
  /** The part of it that was spent in the kernel. */
  readonly systemUs?: number;
  readonly wallUs: number;
  /** Bytes transferred or held, for benchmarks that measure these. */
  readonly bytes?: number | undefined;
}

const always: Calls = {
  cpu: () => process.cpuUsage(),
  memory,
};

/** Serves the parent until it goes away. */
export function expose(calls: Calls): void {
  const all: Calls = { ...always, ...calls };
  process.on("message", (call: Call) => {
    void answer(all, call);
  });
  process.on("disconnect", () => process.exit(0));
}

async function answer(calls: Calls, { id, name, argument }: Call): Promise<void> {
  let reply: Reply;
  try {
    const call = calls[name];
    if (!call) throw new Error(`no call ${name}`);
    reply = { id, value: await call(argument as never) };
  } catch (error) {
    reply = { id, error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
  process.send?.(reply);
}

/** Measures `work`, which resolves with the number of operations that it did. */
export async function cost(work: () => Promise<number>): Promise<Cost> {
  const cpu = process.cpuUsage();
  const start = process.hrtime.bigint();
  const ops = await work();
  const wallUs = Number(process.hrtime.bigint() - start) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { ops, cpuUs: user + system, systemUs: system, wallUs };
}

/** Bytes still in use after garbage collection (V8's heap and buffers outside it), and resident memory. */
async function memory(): Promise<{ readonly held: number; readonly resident: number }> {
  const { gc } = globalThis as { gc?: () => void };
  for (let i = 0; i < 4; i++) {
    gc?.();
    // Buffers are freed a turn after their owners.
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  return { held: heapUsed + external, resident: rss };
}
