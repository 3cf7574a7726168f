import { Failure } from "@bolt/protocol";
import { describe, expect, test } from "vitest";
import { asFailure, driverReaction, failure } from "./failures.ts";
import { ConfigError } from "./option-checks.ts";
import { Interruption } from "./session/interruption.ts";

describe("failure", () => {
  test("has the codes of its kind, and a text", () => {
    expect(failure("syntaxError", "not Cypher")).toMatchObject({
      code: "Neo.ClientError.Statement.SyntaxError",
      message: "not Cypher",
      gqlStatus: "42001",
      description: "error: syntax error or access rule violation - invalid syntax. not Cypher",
      diagnosticRecord: { _classification: "CLIENT_ERROR", OPERATION: "" },
    });
    expect(failure("deadlock", "x").diagnosticRecord["_classification"]).toBe("TRANSIENT_ERROR");
    expect(failure("internal", "x").diagnosticRecord["_classification"]).toBe("DATABASE_ERROR");
  });

  test("knows its kinds", () => {
    expect(() => failure("nope" as "internal", "x")).toThrow(
      /^unknown kind of failure: nope; known: syntaxError, /,
    );
  });

  test("accepts details and a cause", () => {
    const cause = failure("typeError", "a string");
    const outer = failure("argumentError", "x", {
      cause,
      gqlStatus: "22N01",
      diagnosticRecord: { _position: { offset: 1 } },
    });
    expect(outer).toMatchObject({ gqlStatus: "22N01", cause });
    expect(outer.diagnosticRecord).toMatchObject({
      _classification: "CLIENT_ERROR",
      _position: { offset: 1 },
    });
  });
});

describe("what drivers do", () => {
  test.each([
    ["syntaxError", "none"],
    ["deadlock", "retry"],
    ["bookmarkTimeout", "retry"],
    ["notALeader", "reroute"],
    ["readOnlyDatabase", "reroute"],
    ["databaseUnavailable", "reroute"],
    ["authorizationExpired", "reauthenticate"],
    ["tokenExpired", "refresh-token"],
    ["unauthorized", "none"],
    ["internal", "none"],
  ] as const)("with %s: %s", (kind, reaction) => {
    expect(driverReaction(failure(kind, "").code)).toBe(reaction);
  });

  test("nothing, on old codes for what the client itself caused", () => {
    expect(driverReaction("Neo.TransientError.Transaction.Terminated")).toBe("none");
    expect(driverReaction("Neo.TransientError.Some.Other")).toBe("retry");
    expect(driverReaction("constructor")).toBe("none");
  });
});

describe("an error is for the client", () => {
  test("when it is a Failure, which is returned unchanged", () => {
    const one = new Failure("Neo.ClientError.Statement.TypeError", "x");
    expect(asFailure(one)).toBe(one);
    const driversOwn = Object.assign(failure("typeError", "x", { gqlStatus: "22N01", cause: one }), {
      name: "ServerFailure" as const,
    });
    expect(asFailure(driversOwn)).toMatchObject({
      name: "FAILURE",
      code: driversOwn.code,
      message: "x",
      gqlStatus: "22N01",
      diagnosticRecord: driversOwn.diagnosticRecord,
      cause: one,
    });
  });

  test("when it carries a status code, as errors of database drivers do", () => {
    const error = Object.assign(new Error("x"), {
      code: "Neo.ClientError.Statement.TypeError",
      gqlStatus: "22G03",
      gqlStatusDescription: "wrong type",
    });
    expect(asFailure(error)).toMatchObject({
      code: error.code,
      gqlStatus: "22G03",
      description: "wrong type",
    });
  });

  test.each([
    new Error("x"),
    Object.assign(new Error("x"), { code: "ECONNREFUSED" }),
    "text",
    undefined,
    { code: "Neo.ClientError.A.B" },
  ])("not otherwise: %s", (error) => expect(asFailure(error)).toBeUndefined());
});

test("errors keep their names when a bundler renames their classes", () => {
  class A extends ConfigError {}
  class B extends Interruption {}
  expect([new A("m").name, new B("reset").name]).toEqual(["ConfigError", "Interruption"]);
});
