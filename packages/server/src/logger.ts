// What the server tells its operator: a fixed text and facts, so that a log can be searched. No secret and no
// query parameter gets here.
import { attempt } from "./maybe-promise.ts";

/** Where log entries go; any of the methods may be missing. A console and most log libraries fit. */
export interface Logger {
  debug?(message: string, facts?: LogFacts): void;
  info?(message: string, facts?: LogFacts): void;
  warn?(message: string, facts?: LogFacts): void;
  error?(message: string, facts?: LogFacts): void;
}

/** `connection` is set whenever a client is concerned; `error` may be anything that was thrown. */
export type LogFacts = Readonly<Record<string, unknown>>;

/** Writes to the console: without a log, errors of the backend would be lost, since clients are not told. */
export const defaultLogger: Logger = {
  warn: (message, facts) => console.warn(`bolt: ${message}`, facts),
  error: (message, facts) => console.error(`bolt: ${message}`, facts),
};

/** The same logger with every method, made safe to call: what it throws, now or later, goes to the console. */
export function unthrowing(logger: Logger): Required<Logger> {
  const failed = (error: unknown): void => console.error("bolt: the logger has failed", error);
  const safe: Logger = {};
  for (const level of ["debug", "info", "warn", "error"] as const) {
    safe[level] = (message, facts) => void attempt(() => logger[level]?.(message, facts), failed);
  }
  return safe as Required<Logger>;
}
