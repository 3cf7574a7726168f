// An error's stack leads to the line that awaited it, however far away the error was created.
import { Failure } from "@bolt/protocol";
import { describe, expect, test } from "vitest";
import type { Driver } from "../src/driver.ts";
import { driver, ServiceUnavailableError } from "../src/index.ts";
import type { Session } from "../src/session/session.ts";
import { TestServer } from "./test-server.ts";

interface Place {
  readonly db: Driver;
  readonly session: Session;
}

const failing = new Failure("Neo.ClientError.Statement.SyntaxError", "no");

/** A driver whose server knows only the query `RETURN 1` and refuses COMMIT. */
function connect(): Place {
  const server = new TestServer({
    engine: (query) => (query === "RETURN 1" ? { fields: ["x"], rows: [[1]] } : { failure: failing }),
    intercept: (request, { protocol }) => {
      if (request.name !== "COMMIT") return false;
      protocol.failure(failing);
      return true;
    },
  });
  const db = driver("bolt://test", undefined, { dial: server.dial });
  return { db, session: db.session() };
}

/** A driver that reaches no server. */
function unreachable(): Place {
  const dial = (): Promise<never> => Promise.reject(new ServiceUnavailableError("nobody there"));
  const db = driver("bolt://test", undefined, { dial, retry: { maxTimeMs: 0 } });
  return { db, session: db.session() };
}

/** The functions between the error and `callersLine`, nearest first; throws when it is not in the stack. */
async function wayTo(callersWork: () => Promise<unknown>): Promise<string[]> {
  const callersLine = async (): Promise<unknown> => await callersWork();
  const error = await callersLine().then(
    () => expect.unreachable(),
    (reason: unknown) => reason as Error,
  );
  const frames = error
    .stack!.split("\n")
    .flatMap((line) => /^ +at (?:async )?([\w.]+) \(/.exec(line)?.[1] ?? []);
  expect(frames).toContain("callersLine");
  return frames.slice(0, frames.indexOf("callersLine"));
}

describe("a failure of the server", () => {
  const reading: Record<string, (session: Session) => Promise<unknown>> = {
    "of a query": async (session) => await session.run("bad"),
    "of a query that is iterated": async (session) => {
      for await (const row of session.run("bad")) expect.unreachable(String(row));
    },
    "of a query, by single()": (session) => session.run("bad").single(),
    "of a query, by forEach()": (session) => session.run("bad").forEach(() => {}),
    "of a query, by summary()": (session) => session.run("bad").summary(),
    "of one of several": (session) => Promise.all([session.run("RETURN 1"), session.run("bad")]),
    "of a pipeline": async (session) => await session.pipeline([["RETURN 1"], ["bad"]])[1],
    "of a query in a transaction": async (session) => {
      const tx = await session.beginTransaction();
      await tx.run("bad");
    },
    "of a commit": async (session) => {
      const tx = await session.beginTransaction();
      await tx.run("RETURN 1");
      await tx.commit();
    },
    "of a managed commit": (session) => session.executeRead((tx) => tx.run("RETURN 1")),
  };
  test.each(Object.entries(reading))("%s", async (_name, work) => {
    const { session } = connect();
    await wayTo(() => work(session));
  });

  test("of executeQuery", async () => {
    const { db } = connect();
    await wayTo(() => db.executeQuery("bad"));
  });

  test("includes the function that does the work", async () => {
    const { session } = connect();
    const way = await wayTo(() =>
      session.executeWrite(async function transfer(tx) {
        await tx.run("bad");
      }),
    );
    expect(way).toContain("transfer");
  });

  test("awaited in several places leads to one of them", async () => {
    const { session } = connect();
    const result = session.run("bad");
    const first = async (): Promise<unknown> => await result;
    const second = async (): Promise<unknown> => await result.summary();
    const errors = await Promise.all([first(), second()].map((one) => one.catch((error: unknown) => error)));
    expect(errors[0]).toBe(errors[1]);
    expect((errors[0] as Error).stack).toMatch(/at (async )?(first|second) /);
  });
});

describe("a server that cannot be reached", () => {
  const reaching: Record<string, (place: Place) => PromiseLike<unknown>> = {
    "by run": ({ session }) => session.run("RETURN 1"),
    "by beginTransaction": ({ session }) => session.beginTransaction(),
    "by executeRead": ({ session }) => session.executeRead((tx) => tx.run("RETURN 1")),
    "by executeQuery": ({ db }) => db.executeQuery("RETURN 1"),
    "by verifyConnectivity": ({ db }) => db.verifyConnectivity(),
  };
  test.each(Object.entries(reaching))("%s", async (_name, work) => {
    await wayTo(async () => await work(unreachable()));
  });
});

describe("a mistake", () => {
  test("keeps the stack of the call, which says more", async () => {
    const { session } = connect();
    const made = session.run(5 as never);
    const error = await made.then(
      () => expect.unreachable(),
      (reason: unknown) => reason as Error,
    );
    expect(error.stack).toContain("Session.run");
  });
});
