import { TimeoutError } from "@bolt/client";
import { expect, test } from "vitest";
import { complaint } from "./complaint.ts";

test("a host that never answers", () => {
  const error = new TimeoutError("no connection within 15000 ms", { afterMs: 15_000 });
  expect(complaint(error)).toMatch(
    /^no connection within 15000 ms: if nothing answers at all, it is not a Bolt port/,
  );
});

test("system errors are translated, however deeply they are nested", () => {
  const refused = Object.assign(new Error("connect ECONNREFUSED ::1:7687"), { code: "ECONNREFUSED" });
  const all = new AggregateError([refused, refused], "all attempts failed");
  expect(complaint(new Error("cannot connect", { cause: all }))).toBe(
    "nothing listens there (cannot connect)",
  );
});

test("one line, whatever is thrown", () => {
  expect(complaint(new Error("first\nsecond"))).toBe("first");
  expect(complaint("text")).toBe("text");
});
