// What the compiler promises to users. The assertions are checked by `pnpm typecheck`; here they only run.
import { expectTypeOf, test } from "vitest";
import {
  driver,
  type Driver,
  type DriverConfig,
  type ManagedTransaction,
  type QueryResult,
  type Result,
  ServerFailure,
  type Session,
  type StandardSchema,
  type Summary,
  type Transaction,
} from "../src/index.ts";

interface Person {
  name: string;
  age: number;
}

declare const db: Driver;
declare const session: Session;
declare const tx: Transaction;
declare const schema: StandardSchema<Person>;

const unused = (_check: () => unknown): void => {};

test("rows have the type that the caller names", () => {
  unused(async () => {
    expectTypeOf(session.run("q")).toEqualTypeOf<Result>();
    expectTypeOf(session.run<Person>("q")).toEqualTypeOf<Result<Person>>();
    expectTypeOf(await session.run<Person>("q")).toEqualTypeOf<QueryResult<Person>>();
    expectTypeOf(await session.run<Person>("q").single()).toEqualTypeOf<Person>();
    expectTypeOf(await session.run<Person>("q").first()).toEqualTypeOf<Person | undefined>();
    expectTypeOf(await session.run<Person>("q").values()).toEqualTypeOf<unknown[][]>();
    expectTypeOf(await session.run<Person>("q").forEach(({ age }) => age)).toEqualTypeOf<Summary>();
    for await (const row of session.run<Person>("q")) expectTypeOf(row).toEqualTypeOf<Person>();
    expectTypeOf(await db.executeQuery<Person>("q")).toEqualTypeOf<QueryResult<Person>>();
    expectTypeOf(tx.run<Person>("q").toReadableStream()).toEqualTypeOf<ReadableStream<Person>>();
  });
});

test("a schema or a function decides on the row's type", () => {
  unused(async () => {
    expectTypeOf(session.run("q", {}, { schema })).toEqualTypeOf<Result<Person>>();
    expectTypeOf(session.run("q", {}, { map: (row) => Object.keys(row).length })).toEqualTypeOf<
      Result<number>
    >();
    expectTypeOf(await db.executeQuery("q", {}, { schema })).toEqualTypeOf<QueryResult<Person>>();
    const one = db.executeQuery("q", {}, { transform: (result: Result<Person>) => result.single() });
    expectTypeOf(await one).toEqualTypeOf<Person>();
  });
});

test("managed work gives what it resolves with", () => {
  unused(async () => {
    expectTypeOf(await session.executeRead(() => 5)).toEqualTypeOf<number>();
    const whole = session.executeWrite((work: ManagedTransaction) => work.run<Person>("q"));
    expectTypeOf(await whole).toEqualTypeOf<QueryResult<Person>>();
  });
});

test("a pipeline has a type for each result", () => {
  unused(() => {
    const results = session.pipeline<[Person, { x: number }]>([["a"], ["b", { y: 1 }]]);
    expectTypeOf(results).toEqualTypeOf<[Result<Person>, Result<{ x: number }>]>();
    expectTypeOf(session.pipeline([["a"]])).toEqualTypeOf<readonly Result[]>();
  });
});

test("configuration is checked", () => {
  unused(() => {
    expectTypeOf<DriverConfig["integers"]>().toEqualTypeOf<"auto" | "bigint" | "number" | undefined>();
    // @ts-expect-error an option that does not exist
    driver("bolt://h", undefined, { fetchsize: 5 });
    // @ts-expect-error a mode that does not exist
    db.session({ mode: "w" });
    // @ts-expect-error a timeout is a number
    session.run("q", {}, { timeoutMs: "5s" });
  });
});

test("failures can be told apart", () => {
  unused(() => {
    const error: unknown = undefined;
    if (error instanceof ServerFailure) {
      expectTypeOf(error.code).toEqualTypeOf<string>();
      expectTypeOf(error.gqlStatus).toEqualTypeOf<string>();
      expectTypeOf(error.retryable).toEqualTypeOf<boolean>();
    }
  });
});
