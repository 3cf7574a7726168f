import { expect, test } from "vitest";
import { auth } from "../auth.ts";
import type { AcquireRequest } from "../pool/provider.ts";
import { HomeDatabaseCache, userOf } from "./home-database.ts";

const user = (more: Partial<AcquireRequest>): string =>
  userOf({ mode: "read", database: undefined, bookmarks: [], ...more });

test("users are told apart by the user they act as", () => {
  expect(user({})).toBe(user({}));
  expect(user({ impersonatedUser: "bob" })).toBe(user({ auth: auth.basic("bob", "x") }));
  const others = [
    {},
    { impersonatedUser: "bob" },
    { auth: auth.bearer("a") },
    { auth: auth.bearer("b") },
    { auth: auth.kerberos("a") },
    { auth: auth.none() },
  ];
  expect(new Set(others.map(user)).size).toBe(others.length);
});

test("remembers the ten thousand users seen most recently", () => {
  const cache = new HomeDatabaseCache();
  for (let i = 0; i < 10_000; i++) cache.set(`u${i}`, "db");
  expect(cache.get("u0")).toBe("db");
  cache.set("one more", "db");
  expect(cache.get("u0")).toBe("db");
  expect(cache.get("u1")).toBeUndefined();
});
