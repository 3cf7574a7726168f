import { describe, expect, test } from "vitest";
import { FakeClock } from "../test/fake-clock.ts";
import { auth, sameToken, toAuthManager } from "./auth.ts";

const UNAUTHORIZED = "Neo.ClientError.Security.Unauthorized";
const TOKEN_EXPIRED = "Neo.ClientError.Security.TokenExpired";

test("tokens have the specification's fields and print no secret", () => {
  expect(auth.basic("ann", "pw", "realm")).toMatchObject({
    scheme: "basic",
    principal: "ann",
    credentials: "pw",
    realm: "realm",
  });
  expect(auth.bearer("jwt")).toMatchObject({ scheme: "bearer", credentials: "jwt" });
  expect(auth.kerberos("dGlja2V0")).toMatchObject({
    scheme: "kerberos",
    principal: "",
    credentials: "dGlja2V0",
  });
  expect(auth.none().scheme).toBe("none");
  expect(auth.custom("p", "", "", "mine", { otp: 1 })).toMatchObject({
    scheme: "mine",
    parameters: { otp: 1 },
  });
  const bare = auth.custom("p", "", "", "mine", {});
  expect([bare.credentials, bare.realm, bare.parameters]).toEqual([undefined, undefined, undefined]);
  expect(auth.custom("p", "secret", "people", "mine")).toMatchObject({
    credentials: "secret",
    realm: "people",
  });
  expect(JSON.stringify(auth.basic("ann", "hunter2"))).not.toContain("hunter2");
  expect(() => auth.basic("ann", undefined as never)).toThrow("the password must be a string, not undefined");
});

test("sameToken compares all fields", () => {
  expect(sameToken(auth.basic("a", "b"), auth.basic("a", "b"))).toBe(true);
  expect(sameToken(auth.basic("a", "b"), auth.basic("a", "c"))).toBe(false);
  expect(sameToken(auth.basic("a", "b"), auth.basic("a", "b", "r"))).toBe(false);
  const numbered = (n: number | bigint) => auth.custom("a", "", "", "x", { n });
  expect(sameToken(numbered(1n), numbered(1n))).toBe(true);
  expect(sameToken(numbered(1n), numbered(1))).toBe(false);
  expect(sameToken(auth.custom("a", "", "", "x", { a: 1 }), auth.custom("a", "", "", "x", { a: 2 }))).toBe(
    false,
  );
});

describe("managers", () => {
  test("static tokens never change", async () => {
    const manager = toAuthManager(auth.basic("a", "b"));
    const token = await manager.getToken(new FakeClock());
    expect(await manager.handleSecurityFailure(token, UNAUTHORIZED)).toBe(false);
    expect(await manager.getToken(new FakeClock())).toBe(token);
  });

  test("rotating: asked again after Unauthorized for the current token only", async () => {
    let asked = 0;
    const manager = auth.rotating(() => auth.basic("a", `pw${++asked}`));
    const clock = new FakeClock();
    const first = await manager.getToken(clock);
    expect(await manager.getToken(clock)).toBe(first);
    expect(await manager.handleSecurityFailure(first, TOKEN_EXPIRED)).toBe(false);
    expect(await manager.handleSecurityFailure(first, UNAUTHORIZED)).toBe(true);
    const second = await manager.getToken(clock);
    expect(second.credentials).toBe("pw2");
    expect(await manager.handleSecurityFailure(first, UNAUTHORIZED)).toBe(true);
    expect(await manager.getToken(clock)).toBe(second);
  });

  test("expiring: asked again when the token's time is up", async () => {
    let asked = 0;
    const manager = toAuthManager(async () => ({ token: auth.bearer(`t${++asked}`), expiresInMs: 1000 }));
    const clock = new FakeClock();
    const tokens = await Promise.all([manager.getToken(clock), manager.getToken(clock)]);
    expect(tokens[0]).toBe(tokens[1]);
    expect(asked).toBe(1);
    await clock.tick(999);
    expect(manager.peek?.(clock)).toBe(tokens[0]);
    await clock.tick(1);
    expect(manager.peek?.(clock)).toBeUndefined();
    expect((await manager.getToken(clock)).credentials).toBe("t2");
    expect(await manager.handleSecurityFailure(await manager.getToken(clock), TOKEN_EXPIRED)).toBe(true);
    expect((await manager.getToken(clock)).credentials).toBe("t3");
  });

  test("a provider that failed is asked again", async () => {
    let asked = 0;
    const manager = auth.expiring(async () => {
      if (++asked === 1) throw new Error("vault is sealed");
      return auth.bearer("t");
    });
    await expect(async () => manager.getToken(new FakeClock())).rejects.toThrow("sealed");
    expect((await manager.getToken(new FakeClock())).credentials).toBe("t");
  });
});
