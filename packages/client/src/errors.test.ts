import { inspect } from "node:util";
import { BoltError, Failure } from "@bolt/protocol";
import { describe, expect, test } from "vitest";
import {
  AbortError,
  abortError,
  ConnectionLostError,
  isIdempotent,
  isRetryable,
  ServerFailure,
  TimeoutError,
  TransactionEndedError,
} from "./errors.ts";
import * as client from "./index.ts";

const failure = (code: string, details = {}): ServerFailure =>
  new ServerFailure(new Failure(code, "m", details));

describe("ServerFailure", () => {
  test("keeps what the server said, and is a Failure that can be passed on", () => {
    const cause = new Failure("", "inner", { gqlStatus: "22N01" });
    const made = failure("Neo.ClientError.Statement.SyntaxError", {
      gqlStatus: "42001",
      description: "syntax",
      diagnosticRecord: { _classification: "CLIENT_ERROR" },
      cause,
    });
    expect(made).toBeInstanceOf(Failure);
    expect(made).toMatchObject({
      name: "ServerFailure",
      code: "Neo.ClientError.Statement.SyntaxError",
      gqlStatus: "42001",
      description: "syntax",
      cause,
      classification: "ClientError",
      retryable: false,
    });
    expect(made.diagnosticRecord["_classification"]).toBe("CLIENT_ERROR");
  });

  test.each([
    ["Neo.TransientError.Transaction.DeadlockDetected", true],
    ["Neo.TransientError.General.DatabaseUnavailable", true],
    ["Neo.ClientError.Security.AuthorizationExpired", true],
    ["Neo.ClientError.Cluster.NotALeader", true],
    ["Neo.ClientError.General.ForbiddenOnReadOnlyDatabase", true],
    ["Neo.ClientError.Statement.SyntaxError", false],
    ["Neo.ClientError.Security.TokenExpired", false],
    ["Neo.DatabaseError.General.UnknownError", false],
    ["Neo.TransientError.Transaction.Terminated", false],
    ["Neo.TransientError.Transaction.LockClientStopped", false],
    ["TransientError", false],
  ])("%s is retryable: %s", (code, retryable) => {
    expect(failure(code).retryable).toBe(retryable);
    expect(isRetryable(failure(code))).toBe(retryable);
  });

  test("renames errors that the client itself caused", () => {
    expect(failure("Neo.TransientError.Transaction.Terminated").code).toBe(
      "Neo.ClientError.Transaction.Terminated",
    );
  });

  test("masks literals of queries about passwords", () => {
    const query = "ALTER USER ann SET PASSWORD 'it\\'s secret' CHANGE NOT REQUIRED";
    const made = new ServerFailure(new Failure("x", "m"), { query });
    expect(made.query).toBe("ALTER USER ann SET PASSWORD '*****' CHANGE NOT REQUIRED");
    expect(new ServerFailure(new Failure("x", "m"), { query: "RETURN 'a'" }).query).toBe("RETURN 'a'");
  });

  test("masks them where the server quotes the query", () => {
    const query = "ALTER USER ann SET PASWORD 'hunter2'";
    const text = `Invalid input 'PASWORD': "${query}"`;
    const cause = new Failure("", text, { gqlStatus: "42I06", description: text });
    const made = new ServerFailure(new Failure("x", text, { gqlStatus: "42001", description: text, cause }), {
      query,
    });
    const masked = `Invalid input 'PASWORD': "ALTER USER ann SET PASWORD '*****'"`;
    expect(made).toMatchObject({ message: masked, description: masked, gqlStatus: "42001" });
    expect(made.cause).toMatchObject({ message: masked, description: masked, gqlStatus: "42I06" });
    const inspected = inspect(made, { depth: Infinity, showHidden: true });
    expect(inspected + made.stack + JSON.stringify(made)).not.toContain("hunter2");
  });
});

test("every error of the driver has a class, a name and a stable code", () => {
  const made = [
    new client.ConfigError("m"),
    new client.UsageError("m"),
    new client.UnsupportedError("m", { version: "4.3" }),
    new client.ConnectionLostError("m"),
    new client.ServiceUnavailableError("m"),
    new client.TimeoutError("m", { afterMs: 5 }),
    new client.AbortError("m"),
    new client.ClosedError("driver", "m"),
    new client.TransactionEndedError("failed", "m"),
    new client.CommitUnknownError("m"),
    new client.ResultConsumedError("m"),
    new client.NotSingleError(0),
    new client.RowInvalidError("m", []),
    new client.IgnoredError("m"),
  ];
  expect(made.map(({ name, code, retryable }) => `${name} ${code} ${retryable}`)).toMatchInlineSnapshot(`
    [
      "ConfigError CONFIG_ERROR false",
      "UsageError USAGE_ERROR false",
      "UnsupportedError UNSUPPORTED false",
      "ConnectionLostError CONNECTION_LOST true",
      "ServiceUnavailableError SERVICE_UNAVAILABLE true",
      "TimeoutError TIMEOUT false",
      "AbortError ABORTED false",
      "ClosedError CLOSED false",
      "TransactionEndedError TRANSACTION_ENDED false",
      "CommitUnknownError COMMIT_UNKNOWN false",
      "ResultConsumedError RESULT_CONSUMED false",
      "NotSingleError NOT_SINGLE false",
      "RowInvalidError ROW_INVALID false",
      "IgnoredError IGNORED false",
    ]
  `);
  for (const error of made) {
    expect(error).toBeInstanceOf(BoltError);
    expect(error.stack).toContain(error.name);
  }
});

test("an ended transaction is as retryable as what ended it", () => {
  const cause = failure("Neo.TransientError.Transaction.DeadlockDetected");
  expect(new TransactionEndedError("failed", "m", { cause }).retryable).toBe(true);
  expect(new TransactionEndedError("failed", "m", { cause: new RangeError() }).retryable).toBe(false);
});

test("an aborted wait keeps the signal's reason as its cause, or throws it if it is a BoltError", () => {
  const reason = new RangeError("r");
  expect(abortError(AbortSignal.abort(reason), "waiting")).toMatchObject({
    cause: reason,
    message: "aborted while waiting",
  });
  expect(abortError(AbortSignal.abort(reason), "waiting")).toBeInstanceOf(AbortError);
  const ours = new TimeoutError("t", { afterMs: 1 });
  expect(abortError(AbortSignal.abort(ours), "waiting")).toBe(ours);
});

test("other errors are not retryable", () => {
  expect(isRetryable(new Error("x"))).toBe(false);
  expect(isRetryable(undefined)).toBe(false);
});

test("isIdempotent trusts only the server's statement", () => {
  const failure = (record: Record<string, unknown>): ServerFailure =>
    new ServerFailure(
      new Failure("Neo.TransientError.General.X", "x", { diagnosticRecord: record } as never),
    );
  expect(isIdempotent(failure({ _idempotent: true }))).toBe(true);
  expect(isIdempotent(failure({}))).toBe(false);
  expect(isIdempotent(new ConnectionLostError("x"))).toBe(false);
});
