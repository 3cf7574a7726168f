// Who gets in, how HELLO is answered, and how guessing is slowed down.
import { describe, expect, test } from "vitest";
import { type Backend, DEFAULT_AGENT, failure, type ServerOptions } from "../src/index.ts";
import { failureOf, meet, metadata, shape, VERSIONS } from "./test-client.ts";

const ANN = { scheme: "basic", principal: "ann", credentials: "right" };
const MALLORY = { ...ANN, credentials: "wrong" };

const guarded: Backend<string> = {
  authenticate: ({ principal, credentials }) => credentials === "right" && principal,
  run: (_, { principal }) => ({ keys: ["who"], records: [[principal]] }),
};

describe.each(VERSIONS)("Bolt %s", (version) => {
  test("a good login", async () => {
    const { client } = meet(guarded, { version });
    expect(shape(await client.login(ANN))).toEqual(["SUCCESS", "SUCCESS"]);
    const [, pull] = await client.say((c) => (c.run("q"), c.pull()));
    expect(pull?.records).toEqual([["ann"]]);
  });

  test("a bad one is told why, and the connection is closed", async () => {
    const { client, clock } = meet(guarded, { version });
    await client.login(MALLORY);
    await clock.advance(100);
    expect(
      client.replies.some(
        ({ response }) => "code" in response && response.code === "Neo.ClientError.Security.Unauthorized",
      ),
    ).toBe(true);
    expect(client.duplex.ended).toBe(true);
    expect(client.duplex.closed).toBe(true);
  });

  test("requests after a bad login never reach the backend", async () => {
    let ran = false;
    const { client, clock } = meet(
      { authenticate: () => false, run: () => ((ran = true), { keys: [] }) },
      { version },
    );
    client.flush();
    await clock.settle();
    await client.say((c) => {
      c.hello({ userAgent: "x", boltAgent: { product: "x" } });
      c.logon(MALLORY);
      c.run("q");
      c.pull();
    });
    await clock.advance(1000);
    expect(ran).toBe(false);
    expect(client.duplex.closed).toBe(true);
  });
});

test("without authenticate everybody is let in, under the name that they gave", async () => {
  const { client } = meet({ run: (_, { principal }) => ({ keys: ["who"], records: [[principal]] }) });
  await client.login({ scheme: "custom", principal: "bob", credentials: "?", parameters: { a: 1 } });
  const [, pull] = await client.say((c) => (c.run("q"), c.pull()));
  expect(pull?.records).toEqual([["bob"]]);
});

describe("authenticate", () => {
  test.each([
    ["refuses by undefined", () => undefined],
    ["refuses by null", () => null],
    ["refuses by false, later", () => Promise.resolve(false as const)],
  ])("%s", async (_, authenticate) => {
    const { client, clock } = meet({ authenticate, run: () => ({ keys: [] }) });
    await client.login(ANN);
    await clock.advance(100);
    expect(failureOf(client.replies.at(-1))).toMatchObject({
      code: "Neo.ClientError.Security.Unauthorized",
      gqlStatus: "50N42",
    });
  });

  test("may say why", async () => {
    const { client, clock } = meet({
      authenticate: () => Promise.reject(failure("tokenExpired", "Get a new one.")),
      run: () => ({ keys: [] }),
    });
    await client.login({ scheme: "bearer", credentials: "token" });
    await clock.advance(100);
    expect(failureOf(client.replies.at(-1)).code).toBe("Neo.ClientError.Security.TokenExpired");
  });

  test("that throws lets nobody in, and does not say why", async () => {
    const { client, clock, log } = meet({
      authenticate: () => {
        throw new Error("ldap://secret is down");
      },
      run: () => ({ keys: [] }),
    });
    await client.login(ANN);
    await clock.advance(100);
    expect(failureOf(client.replies.at(-1)).message).not.toContain("ldap");
    expect(log).toContain("error: the backend failed");
    expect(client.duplex.closed).toBe(true);
  });

  test("sees the whole token, the client and its address", async () => {
    let seen: unknown;
    const { client } = meet({
      authenticate: (token, who) => {
        seen = [
          token.scheme,
          token.principal,
          token.credentials,
          token.realm,
          token.parameters,
          who.userAgent,
          who.remoteAddress,
        ];
        return "ok";
      },
      run: () => ({ keys: [] }),
    });
    await client.login({
      scheme: "custom",
      principal: "p",
      credentials: "c",
      realm: "r",
      parameters: { x: 1 },
    });
    expect(seen).toEqual(["custom", "p", "c", "r", { x: 1 }, "test/1.0", "10.0.0.1:5000"]);
  });

  test.each([
    { scheme: "basic", principal: "ann", credentials: "secret", realm: "native" },
    { scheme: "bearer", credentials: "e30.e30." },
    { scheme: "kerberos", principal: "", credentials: "dGlja2V0" },
    { scheme: "none" },
    { scheme: "sigv4", principal: "p", credentials: "c", realm: "", parameters: { region: "eu" } },
  ])("sees $scheme as it was sent, on every way that there is to log in", async (token) => {
    for (const version of ["1", "3", "5.0", "5.1", "6.1"]) {
      let seen: Record<string, unknown> = {};
      const { client } = meet(
        {
          authenticate: ({ scheme, principal, credentials, realm, parameters }) =>
            (seen = { scheme, principal, credentials, realm, parameters }),
          run: () => ({ keys: [] }),
        },
        { version },
      );
      await client.login(token);
      expect(Object.fromEntries(Object.entries(seen).filter(([, value]) => value !== undefined))).toEqual(
        token,
      );
    }
  });

  test("may let in with an expired password", async () => {
    const { client } = meet({
      authenticate: () => ({ credentialsExpired: true }),
      run: () => ({ keys: [] }),
    });
    const [, logon] = await client.login(ANN);
    expect(metadata(logon).credentialsExpired).toBe(true);
  });
});

test("LOGOFF and LOGON change who it is, on the same connection", async () => {
  const { client, server } = meet(guarded);
  await client.login(ANN);
  expect(server.metrics.loggedIn).toBe(1);
  const left: unknown[] = [];
  server.on("logoff", ({ client: { connectionId } }) => left.push(connectionId));
  await client.say((c) => c.logoff());
  expect(server.metrics.loggedIn).toBe(0);
  expect(left).toEqual(["bolt-1"]);
  const replies = await client.say((c) => (c.logon({ ...ANN, principal: "bob" }), c.run("q"), c.pull()));
  expect(replies[2]?.records).toEqual([["bob"]]);
});

describe("the answer to HELLO", () => {
  const hello = async (version: string, options: ServerOptions = {}) => {
    const { client } = meet({ run: () => ({ keys: [] }) }, { version, ...options });
    const replies = await client.login(ANN, { routing: { address: "db.example:7687" } });
    return { hello: metadata(replies[0]), logon: metadata(replies.at(-1)) };
  };

  test.each([
    ["1", "Neo4j/5.26.0"],
    ["3", "Neo4j/5.26.0"],
    ["4.0", DEFAULT_AGENT],
    ["6.1", DEFAULT_AGENT],
  ])("on %s the agent is %s", async (version, agent) => {
    expect((await hello(version)).hello.server).toBe(agent);
  });

  test("another agent", async () => {
    expect((await hello("3", { agent: "Engine/1.2 of ours" })).hello.server).toBe("Engine/1.2");
  });

  test("a name for the connection, from 3 on", async () => {
    expect((await hello("2")).hello.connectionId).toBeUndefined();
    expect((await hello("3")).hello.connectionId).toBe("bolt-1");
  });

  test.each([
    ["4.2", undefined],
    ["4.3", { recvTimeoutSeconds: 120 }],
    ["5.4", { recvTimeoutSeconds: 120, telemetryEnabled: true }],
    ["5.8", { recvTimeoutSeconds: 120, telemetryEnabled: true, ssrEnabled: true }],
  ])("hints on %s: %o", async (version, hints) => {
    const options = { hints: { telemetry: true, serverSideRouting: true } };
    expect((await hello(version, options)).hello.hints).toEqual(hints);
  });

  test("no hint without keep-alive", async () => {
    expect((await hello("5.8", { limits: { keepAliveMs: 0 } })).hello.hints).toEqual({});
  });

  test("LOGON tells the address, from 5.8 on", async () => {
    expect((await hello("5.7")).logon.advertisedAddress).toBeUndefined();
    expect((await hello("5.8")).logon.advertisedAddress).toBe("db.example:7687");
  });
});

describe("guessing", () => {
  test("is answered late", async () => {
    const { client, clock } = meet(guarded, { limits: { failedLoginDelayMs: 300 } });
    await client.login(MALLORY);
    await clock.advance(299);
    expect(client.duplex.ended).toBe(false);
    await clock.advance(1);
    expect(client.duplex.ended).toBe(true);
  });

  test("is refused after some attempts, even if the next one is right, for a while", async () => {
    const { clock, another } = meet(guarded, { limits: { maxFailedLogins: 3, failedLoginLockMs: 5000 } });
    const attempt = async (auth: typeof ANN): Promise<string | undefined> => {
      const client = another();
      await client.login(auth);
      await clock.advance(100);
      return shape(client.replies).at(-1);
    };
    for (let i = 0; i < 3; i++) expect(await attempt(MALLORY)).toContain("Unauthorized");
    expect(await attempt(ANN)).toContain("AuthenticationRateLimit");
    expect(await attempt({ ...ANN, principal: "bob" })).toBe("SUCCESS");
    await clock.advance(5000);
    expect(await attempt(ANN)).toBe("SUCCESS");
  });

  test("from elsewhere does not lock a user out", async () => {
    const { clock, another } = meet(guarded);
    for (let i = 0; i < 4; i++) {
      const client = another();
      client.duplex.info = {};
      Object.assign(client.duplex.info, { remoteAddress: `6.6.6.6:${i}` });
      await client.login(MALLORY);
      await clock.advance(100);
    }
    const client = another();
    expect(shape(await client.login(ANN))).toEqual(["SUCCESS", "SUCCESS"]);
  });

  test("is counted and reported", async () => {
    const { client, server, clock } = meet(guarded);
    const seen: unknown[] = [];
    server.on("loginFailed", ({ user, code, scheme }) => seen.push([scheme, user, code]));
    await client.login(MALLORY);
    await clock.advance(100);
    expect(seen).toEqual([["basic", "ann", "Neo.ClientError.Security.Unauthorized"]]);
    expect(server.metrics.loginsFailed).toBe(1);
  });
});

describe("before the login", () => {
  test.each(["nothing", "a handshake", "HELLO", "LOGOFF"])("time is short after %s", async (said) => {
    const { client, clock } = meet(guarded, { limits: { loginTimeoutMs: 30_000 } });
    if (said !== "nothing") client.flush();
    await clock.settle();
    if (said === "HELLO") await client.say((c) => c.hello({ userAgent: "x", boltAgent: { product: "x" } }));
    if (said === "LOGOFF") {
      await client.login(ANN);
      await clock.advance(100_000);
      await client.say((c) => c.logoff());
    }
    await clock.advance(29_999);
    expect(client.duplex.closed).toBe(false);
    await clock.advance(1);
    expect(client.duplex.destroyed).toBe(true);
  });

  test("messages are short", async () => {
    const { client } = meet(guarded);
    await client.login({ ...ANN, credentials: "x".repeat(9000) });
    expect(client.duplex.ended).toBe(true);
    expect(shape(client.replies).at(-1)).toBe("FAILURE Neo.ClientError.Request.Invalid");
  });

  test("messages are short again after LOGOFF", async () => {
    const { client } = meet(guarded);
    await client.login(ANN);
    await client.say((c) => (c.run("x".repeat(9000)), c.pull()));
    await client.say((c) => c.logoff());
    await client.say((c) => c.logon({ ...ANN, credentials: "x".repeat(9000) }));
    expect(client.duplex.ended).toBe(true);
  });
});
