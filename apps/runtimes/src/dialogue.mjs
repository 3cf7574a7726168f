// The same dialogue on every runtime: types in both directions, a failure, a pipeline, a transaction, streams.
// Knows only the packages; the caller connects client and server.
import * as bolt from "@bolt/client";

/** A backend that returns the parameter `value`. */
export const echo = {
  run: ({ query, parameters }, context) => {
    if (query === "FAIL") throw Object.assign(new Error("as asked"), { code: "never seen" });
    if (query === "COUNT") return { keys: ["n"], records: count(Number(parameters.to), context.signal) };
    return { keys: ["value"], records: [[parameters.value]], summary: { type: "r" } };
  },
  begin: (_options, context) => ({
    run: (query) => echo.run(query, context),
    commit: () => ({ bookmark: "runtimes:1" }),
    rollback: () => {},
  }),
};

function* count(to) {
  for (let n = 0; n < to; n++) yield [n];
}

const same = (got, wanted, what) => {
  const show = (value) => JSON.stringify(value, (_, item) => (typeof item === "bigint" ? `${item}n` : item));
  if (show(got) !== show(wanted)) throw new Error(`${what}: expected ${show(wanted)}, got ${show(got)}`);
};

/** Returns the number of checks made. Throws at the first one that fails. */
export async function dialogue(uri, config = {}) {
  const { auth, driver } = bolt;
  let checks = 0;
  const check = (got, wanted, what) => {
    same(got, wanted, what);
    checks++;
  };
  const db = driver(uri, auth.basic("ann", "secret"), config);
  const session = db.session();
  const values = [
    null,
    true,
    42,
    9223372036854775807n,
    1.5,
    "Grüße, 世界 🌍",
    [1, "two", [3]],
    { name: "Ann", nested: { __proto__key: 1 } },
    new Uint8Array([0, 1, 255]),
    bolt.Date.parse("2024-02-29"),
    bolt.DateTime.parse("2024-02-29T12:34:56.789+02:00"),
    bolt.Duration.parse("P1Y2M3DT4H5M6.789S"),
    new bolt.Point2D(7203, 1.5, -2.5),
    bolt.UUID.parse("550e8400-e29b-41d4-a716-446655440000"),
  ];
  for (const value of values) {
    const row = await session.run("RETURN $value AS value", { value }).single();
    check(String(row.value), String(value), "a value that was returned");
  }
  const failure = await session.run("FAIL").catch((error) => error);
  check(failure.code, "Neo.DatabaseError.General.UnknownError", "a failure of the backend");
  const [a, b] = session.pipeline([
    ["RETURN $value AS value", { value: 1 }],
    ["RETURN $value AS value", { value: 2 }],
  ]);
  check([(await a).records[0].value, (await b).records[0].value], [1, 2], "a pipeline");
  const total = await session.executeWrite(
    async (tx) => (await tx.run("RETURN $value AS value", { value: 7 }).single()).value,
  );
  check(total, 7, "a managed transaction");
  let sum = 0;
  for await (const row of session.run("COUNT", { to: 20_000 })) sum += row.n;
  check(sum, 199_990_000, "a stream");
  for await (const row of session.run("COUNT", { to: 1_000_000 })) if (row.n === 5) break;
  const { records } = await db.executeQuery("RETURN $value AS value", { value: "after leaving a stream" });
  check(records[0].value, "after leaving a stream", "a query after leaving a stream");
  await session.close();
  await db.close();
  return checks;
}
