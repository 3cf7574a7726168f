import { expect, test } from "vitest";
import { resolveTls } from "./tls.ts";

test("the scheme decides, the configuration adds", () => {
  expect(resolveTls("bolt", "none", undefined)).toBeUndefined();
  expect(resolveTls("bolt", "none", false)).toBeUndefined();
  expect(resolveTls("bolt", "none", true)).toEqual({ verify: true });
  expect(resolveTls("bolt", "none", { trust: "any" })).toEqual({ verify: false });
  expect(resolveTls("bolt", "none", { ca: "PEM" })).toEqual({ verify: true, ca: "PEM" });
  expect(resolveTls("bolt+s", "verified", undefined)).toEqual({ verify: true });
  expect(resolveTls("bolt+s", "verified", true)).toEqual({ verify: true });
  expect(resolveTls("bolt+ssc", "any", { serverName: "db" })).toEqual({ verify: false, serverName: "db" });
});

test.each([false, { trust: "system" as const }, { trust: "any" as const }, { ca: "PEM" }])(
  "a scheme with encryption refuses %o",
  (config) => {
    expect(() => resolveTls("neo4j+s", "verified", config)).toThrow(/encryption and trust.*"neo4j\+s"/);
  },
);

test("trusting anybody and an authority contradict each other", () => {
  expect(() => resolveTls("bolt", "none", { trust: "any", ca: "PEM" })).toThrow(/contradict/);
});
