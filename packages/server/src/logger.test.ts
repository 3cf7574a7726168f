// A logger that fails must not end a connection or the process.
import { setImmediate as turn } from "node:timers/promises";
import { afterEach, expect, test, vi } from "vitest";
import { unthrowing } from "./logger.ts";

afterEach(() => vi.restoreAllMocks());

test.each<[string, () => void]>([
  [
    "throws",
    () => {
      throw new Error("the disk is full");
    },
  ],
  ["rejects", (): never => Promise.reject(new Error("the disk is full")) as never],
])("what a logger %s goes to the console", async (_, warn) => {
  const spy = vi.spyOn(console, "error").mockImplementation(() => {});
  unthrowing({ warn }).warn?.("text", {});
  await turn();
  expect(spy.mock.calls).toEqual([["bolt: the logger has failed", new Error("the disk is full")]]);
});

test("methods are called as such, and may be missing", () => {
  class Log {
    readonly lines: string[] = [];
    info(message: string): void {
      this.lines.push(message);
    }
  }
  const log = new Log();
  const logger = unthrowing(log);
  logger.info("text");
  logger.debug("no such method");
  expect(log.lines).toEqual(["text"]);
});
