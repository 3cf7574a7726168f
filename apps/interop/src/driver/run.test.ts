// The reports of the driver's checks, without a server: no test here opens a connection.
import { afterEach, describe, expect, test, vi } from "vitest";
import { arcadeDb } from "./arcadedb.ts";
import { type Checks, rejection, Skip } from "./check.ts";
import { GROUPS } from "./groups.ts";
import { runChecks, type Settings } from "./run.ts";

afterEach(() => void vi.restoreAllMocks());

const place = { uri: "bolt://127.0.0.1:1", user: "ann", password: "pw" };
const capabilities = {} as NonNullable<Settings["capabilities"]>;

async function report(
  checks: Checks,
  settings: Partial<Settings> = {},
): Promise<[string[], Settings["count"]]> {
  const lines: string[] = [];
  vi.spyOn(console, "log").mockImplementation((line: string) => void lines.push(line));
  const count = { passed: 0, failed: 0, skipped: 0 };
  await runChecks("group", checks, { place, capabilities, words: [], count, ...settings });
  // Without the duration.
  return [lines.map((line) => line.replace(/\s+\d+ ms\s*/, " | ").replace(/\s+\|/, " |")), count];
}

describe("reports", () => {
  const checks: Checks = {
    one: async () => "a word",
    two: async () => {
      throw new RangeError("first line\n\nsecond line");
    },
    three: async () => {
      throw new Skip("nothing of the kind");
    },
  };

  test("a line for each check, and a count", async () => {
    expect(await report(checks)).toEqual([
      [
        "ok   group: one | a word",
        "FAIL group: two | RangeError: first line / second line",
        "skip group: three | nothing of the kind",
      ],
      { passed: 1, failed: 1, skipped: 1 },
    ]);
  });

  test("known differences are not failures; avoided checks are not run", async () => {
    const differences = { differs: { one: "long ago", two: "known" }, avoided: { three: "too heavy" } };
    expect(await report(checks, { differences })).toEqual([
      [
        "ok   group: one | a word; although it is listed as different: long ago",
        "skip group: two | differs: known",
        "skip group: three | too heavy",
      ],
      { passed: 1, failed: 0, skipped: 2 },
    ]);
  });

  test("only the requested checks", async () => {
    const [lines] = await report(checks, { words: ["one"] });
    expect(lines).toHaveLength(1);
  });
});

test("rejection accepts only the right class", async () => {
  expect((await rejection(Promise.reject(new TypeError("x")), TypeError)).message).toBe("x");
  await expect(rejection(Promise.reject(new TypeError("x")), RangeError)).rejects.toThrow(TypeError);
  await expect(rejection(Promise.resolve(1), RangeError)).rejects.toThrow("nothing went wrong");
});

test("each difference of ArcadeDB names an existing check", () => {
  const names = Object.values(GROUPS).flatMap((checks) => Object.keys(checks));
  const { differs, avoided } = arcadeDb;
  expect(names).toEqual(expect.arrayContaining([...Object.keys(differs), ...Object.keys(avoided)]));
  expect(new Set(names).size).toBe(names.length);
});
