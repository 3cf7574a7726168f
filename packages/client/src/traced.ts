// Runs asynchronous work under a trace. Knows the shape of traces, nothing of the work.
import type { Trace, TraceContext } from "./diagnostics.ts";

/** Does `work` and publishes it on `trace` if anything subscribes; `facts` is called only then. */
export async function traced<T>(trace: Trace, facts: () => TraceContext, work: () => Promise<T>): Promise<T> {
  if (!trace.heard) return work();
  const context = trace.begin(facts());
  try {
    const result = await work();
    trace.done(context);
    return result;
  } catch (error) {
    trace.done(context, error);
    throw error;
  }
}
