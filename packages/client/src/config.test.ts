import { describe, expect, test } from "vitest";
import { type DriverConfig, resolveConfig } from "./config.ts";

const resolve = (config: unknown) => resolveConfig("bolt://h", undefined, config as DriverConfig);

describe("defaults", () => {
  test("are filled in", () => {
    const config = resolve(undefined);
    expect(config.pool).toEqual({
      maxSize: 100,
      minIdle: 0,
      maxLifetimeMs: 3_600_000,
      idleTimeoutMs: Infinity,
      livenessCheckMs: Infinity,
      trackHolders: false,
    });
    expect(config.timeouts).toEqual({ connectMs: 30_000, acquireMs: 60_000 });
    expect(config.retry).toMatchObject({ maxTimeMs: 30_000, initialDelayMs: 1000, factor: 2, jitter: 0.2 });
    expect(config.telemetry).toBe(false);
    expect(config.connection.userAgent).toMatch(/^bolt-client\/\d/);
    expect(config.connection.boltAgent).toMatchObject({ language: "JavaScript" });
  });

  test("are replaced by given values, but not by undefined", () => {
    const config = resolve({ pool: { maxSize: 5, minIdle: undefined }, timeouts: undefined });
    expect(config.pool).toMatchObject({ maxSize: 5, minIdle: 0 });
    expect(config.timeouts.acquireMs).toBe(60_000);
  });

  test("versions may be one or many", () => {
    expect(resolve({ versions: "4.4" }).connection.versions).toEqual(["4.4"]);
    expect(resolve({ versions: ["5.4", "3"] }).connection.versions).toEqual(["5.4", "3"]);
  });
});

test.each<[config: unknown, message: string | RegExp]>([
  [5, "the configuration must be an object, not 5"],
  [{ poolsize: 5 }, /unknown option "poolsize"; known are pool, tls/],
  [{ pool: { size: 5 } }, /unknown option "pool.size"; known are maxSize/],
  [{ pool: 5 }, "pool must be an object, not 5"],
  [{ pool: { maxSize: 0 } }, '"pool.maxSize" must be a whole number from 1, not 0'],
  [{ pool: { maxSize: 1.5 } }, '"pool.maxSize" must be a whole number from 1, not 1.5'],
  [{ pool: { maxSize: 1, minIdle: 2 } }, /minIdle.*maxSize/],
  [
    { timeouts: { acquireMs: -1 } },
    '"timeouts.acquireMs" must be a number of milliseconds from 0 to Infinity, not -1',
  ],
  [{ timeouts: { connectMs: "5" } }, /not a string/],
  [{ timeouts: { connectMs: Number.NaN } }, /not NaN/],
  [{ fetchSize: 0 }, '"fetchSize" must be a whole number from 1, or -1, not 0'],
  [{ integers: "string" }, '"integers" must be one of "auto", "bigint", "number", not "string"'],
  [{ floats: "string" }, '"floats" must be one of "number", "wrap", not "string"'],
  [{ tls: "yes" }, '"tls" must be a boolean or an object, not a string'],
  [{ tls: { trust: "me" } }, '"tls.trust" must be one of "system", "any", not "me"'],
  [{ tls: { key: "x" } }, /unknown option "tls.key"/],
  [{ retry: { jitter: 2 } }, '"retry.jitter" must be a number from 0 to 1, not 2'],
  [{ notifications: { minimumSeverity: "LOUD" } }, /"notifications.minimumSeverity" must be one of "OFF"/],
  [{ notifications: { disabledClassifications: [1] } }, /a list of strings/],
  [{ temporal: "Temporal-ish" }, /one of "classes", "string", "Temporal"/],
  [[], "the configuration must be an object, not a list"],
  [{ codecs: {} }, '"codecs" must be a list of objects, not an object'],
  [{ versions: "7" }, '"versions": expected a Bolt version as "5.4" or "3", got "7"'],
  [{ versions: [] }, '"versions": expected at least one Bolt version'],
  [{ logger: { debug: 5 } }, /"logger" must be an object with any of debug\(\)/],
  [{ clock: {} }, /"clock" must be an object with now\(\)/],
  [{ tls: { ca: "/etc/ca.pem" } }, /"tls.ca" must be the content of a PEM file/],
  [{ dial: 1 }, '"dial" must be a function, not 1'],
  [{ codecs: [{}] }, /\{ type, encode \} or \{ reads, decode \}/],
])("%o is refused", (config, message) => {
  expect(() => resolve(config)).toThrow(message);
});

test("logins", () => {
  expect(() => resolveConfig("bolt://h", "secret" as never)).toThrow(/the login must be a token/);
  expect(() => resolveConfig("bolt://h", { user: "x" } as never)).toThrow(/the login must be/);
  expect(() => resolveConfig(undefined as never)).toThrow(/the URI must be a string/);
  expect(resolveConfig("bolt://h", { scheme: "basic", principal: "a", credentials: "b" }).auth).toBeDefined();
});
