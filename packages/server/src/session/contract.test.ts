// What a backend returns by mistake, and what its operator is told.
import { setImmediate as turn } from "node:timers/promises";
import { expect, test } from "vitest";
import type { QueryResult, Routes, Transaction } from "../backend.ts";
import { checkResult, checkRoutes, checkTransaction, wrongShape } from "./contract.ts";

const RESULT = "run must return { keys, records }, keys being an array of strings, got ";
const ROWS = "the rows of a result are its records, got ";

test.each<[unknown, string | undefined]>([
  [undefined, `${RESULT}undefined`],
  [[[1], [2]], `${RESULT}an array of 2`],
  ["x", `${RESULT}a string`],
  [{ columns: ["x"], rows: [] }, `${RESULT}{ columns, rows }`],
  [{ keys: "x" }, `${RESULT}a string`],
  [{ keys: ["x", 1] }, `${RESULT}an array of 2`],
  [{ keys: ["x"], rows: [[1]] }, `${ROWS}{ keys, rows }`],
  [{ keys: ["x"], data: new Set() }, `${ROWS}{ keys, data }`],
  [{ keys: ["x"], records: [], rows: [] }, undefined],
  [{ keys: ["x"], rows: 0, data: null }, undefined],
  [{ keys: ["x"], warnings: [] }, undefined],
  [{ keys: [], rows: [] }, undefined],
])("run returns %j", (result, expected) => {
  const check = (): void => checkResult(result as QueryResult);
  if (expected === undefined) expect(check).not.toThrow();
  else expect(check).toThrow(expected);
});

test.each([undefined, true, { run() {} }, { run() {}, commit() {} }])("begin returns %j", (transaction) => {
  expect(() => checkTransaction(transaction as unknown as Transaction)).toThrow(
    "begin must return { run, commit, rollback }, got ",
  );
});

test.each<[unknown, string]>([
  [undefined, "arrays of host:port, got undefined"],
  [{ servers: [] }, "arrays of host:port, got { servers }"],
  [{ routers: "a:1", readers: ["a:1"], writers: ["a:1"] }, "arrays of host:port, got a string"],
  [{ routers: ["a:1"], readers: [1], writers: [] }, "arrays of host:port, got an array of 1"],
  [{ routers: [], readers: [], writers: [], ttlSeconds: 1.5 }, "ttlSeconds must be a whole number, got 1.5"],
  [{ routers: [], readers: [], writers: [], ttlSeconds: -1 }, "ttlSeconds must be a whole number, got -1"],
])("route returns %j", (routes, expected) => {
  expect(() => checkRoutes(routes as Routes)).toThrow(expected);
});

test("a promise returned by mistake may reject without harm", async () => {
  const { message } = wrongShape("rows", Promise.reject(new Error("late")));
  expect(message).toBe("rows, got a promise");
  await turn();
});
