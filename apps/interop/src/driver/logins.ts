// Logins of every kind that a Community server offers, and refusals. The users are created for these checks.
import assert from "node:assert/strict";
import { auth, AuthToken, type Driver, ServerFailure } from "@bolt/client";
import { type Check, type Checks, type Context, rejection, Skip, times, watch } from "./check.ts";

const UNAUTHORIZED = "Neo.ClientError.Security.Unauthorized";

interface User {
  readonly name: string;
  readonly password: string;
}

/** A check with its own user, who is dropped afterwards. */
const withUser =
  (work: (context: Context, user: User) => Promise<string | void>, change = "CHANGE NOT REQUIRED"): Check =>
  async (context) => {
    const user = { name: `driven${context.run.replace(/\W/g, "")}`, password: "first-secret" };
    const system = { database: "system" };
    // As a literal, since not every server accepts a parameter there.
    const make = `CREATE USER ${user.name} SET PASSWORD '${user.password}' ${change}`;
    try {
      await context.db.executeQuery(make, {}, system);
    } catch (error) {
      if (!(error instanceof ServerFailure)) throw error;
      throw new Skip(`no users can be created here: ${error.message.split("\n")[0]}`);
    }
    try {
      return await work(context, user);
    } finally {
      await context.db.executeQuery(`DROP USER ${user.name}`, {}, system);
    }
  };

async function whoAmI(db: Driver, config: { auth?: AuthToken } = {}): Promise<string> {
  const { records } = await db.executeQuery<{ user: string }>("SHOW CURRENT USER", {}, config);
  return records[0]!.user;
}

const setPassword = (db: Driver, { name }: User, password: string): Promise<unknown> =>
  db.executeQuery(`ALTER USER ${name} SET PASSWORD '${password}'`, {}, { database: "system" });

export const logins: Checks = {
  basic: withUser(async ({ db, open, user }, made) => {
    assert.equal(await whoAmI(db), user);
    const { name, password } = made;
    assert.equal(await whoAmI(open({}, auth.basic(name, password))), name);
    assert.equal(await whoAmI(open({}, auth.basic(name, password, "native"))), name);
    assert.equal(await whoAmI(open({}, auth.custom(name, password, "native", "basic", {}))), name);
  }),

  "wrong password": withUser(async ({ open }, { name }) => {
    const db = open({}, auth.basic(name, "wrong"));
    const error = await rejection(db.verifyConnectivity(), ServerFailure);
    assert.deepEqual([error.code, error.isSecurity, error.retryable], [UNAUTHORIZED, true, false]);
    assert.ok(!JSON.stringify(error).includes("wrong"), "the password is in the error");
    const unknown = open({}, auth.basic("nobody-of-this-name", "wrong"));
    assert.equal((await rejection(unknown.executeQuery("RETURN 1"), ServerFailure)).code, UNAUTHORIZED);
    return error.message;
  }),

  "too many wrong passwords": withUser(async ({ open }, { name, password }) => {
    const codes = new Set<string>();
    for (let i = 0; i < 6; i++) {
      const work = open({}, auth.basic(name, `wrong${i}`)).verifyConnectivity();
      codes.add((await rejection(work, ServerFailure)).code);
    }
    const limited = "Neo.ClientError.Security.AuthenticationRateLimit";
    if (!codes.has(limited)) throw new Skip("this server has no limit");
    // Now even the right password is not checked, so whether it is right cannot be said.
    const db = open();
    await rejection(db.verifyAuthentication(auth.basic(name, password)), ServerFailure);
    return limited;
  }),

  "none, bearer, kerberos, unknown schemes are refused": async ({ open }) => {
    const tokens = [
      auth.none(),
      auth.bearer("a.b.c"),
      auth.kerberos("ticket"),
      auth.custom("neo4j", "x", undefined, "nosuchscheme"),
    ];
    for (const token of tokens) {
      const error = await rejection(open({}, token).verifyConnectivity(), ServerFailure);
      assert.equal(error.code, UNAUTHORIZED, token.scheme);
    }
  },

  "verifyAuthentication, supportsSessionAuth": withUser(async ({ db, capabilities }, { name, password }) => {
    assert.equal(await db.supportsSessionAuth(), capabilities.sessionAuth);
    assert.equal(await db.verifyAuthentication(auth.basic(name, password)), true);
    assert.equal(await db.verifyAuthentication(auth.basic(name, "wrong")), false);
    assert.equal(await db.verifyAuthentication(auth.none()), false);
    assert.deepEqual((await db.executeQuery("RETURN 1 AS n")).records, [{ n: 1 }]);
  }),

  "logins of sessions: LOGOFF and LOGON": withUser(async ({ open, user, capabilities }, made) => {
    if (!capabilities.sessionAuth) throw new Skip("needs Bolt 5.1");
    const { observer, passed } = watch();
    const db = open({ observer });
    const other = auth.basic(made.name, made.password);
    const names: string[] = [];
    for (let i = 0; i < 3; i++) names.push(await whoAmI(db), await whoAmI(db, { auth: other }));
    assert.deepEqual(names, [user, made.name, user, made.name, user, made.name]);
    assert.deepEqual([times(passed, ">LOGOFF"), times(passed, ">LOGON")], [5, 6]);
    assert.equal(db.metrics()[0]?.opened, 1);
    const work = whoAmI(db, { auth: auth.basic(made.name, "wrong") });
    assert.equal((await rejection(work, ServerFailure)).code, UNAUTHORIZED);
    assert.equal(await whoAmI(db), user);
    return "six logins on one connection";
  }),

  "auth manager: a password that changes": withUser(async ({ db, open }, user) => {
    let current = user.password;
    let asked = 0;
    const login = auth.rotating(() => {
      asked++;
      return auth.basic(user.name, current);
    });
    const rotating = open({ pool: { maxLifetimeMs: 0 } }, login);
    assert.equal(await whoAmI(rotating), user.name);
    current = "second-secret";
    await setPassword(db, user, current);
    // Each piece of work opens a connection here: the old password is refused, the new one fetched.
    assert.equal(await whoAmI(rotating), user.name);
    assert.equal(asked, 2);
  }),

  "auth manager: tokens that expire": withUser(async ({ open, capabilities }, { name, password }) => {
    let asked = 0;
    const { observer, passed } = watch();
    const db = open({ observer }, () => {
      asked++;
      return { token: auth.basic(name, password, asked % 2 ? "native" : undefined), expiresInMs: 1 };
    });
    for (let i = 0; i < 3; i++) {
      assert.equal(await whoAmI(db), name);
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    assert.ok(asked >= 3, `asked ${asked} times`);
    if (!capabilities.sessionAuth) return "a new connection for each token before Bolt 5.1";
    assert.equal(db.metrics()[0]?.opened, 1);
    assert.ok(times(passed, ">LOGON") >= 3, "not logged in again");
  }),

  "a password that must be changed": withUser(async ({ open, capabilities }, { name, password }) => {
    const db = open({}, auth.basic(name, password));
    const refused = await rejection(db.executeQuery("RETURN 1"), ServerFailure);
    assert.equal(refused.code, "Neo.ClientError.Security.CredentialsExpired");
    const parameters = { from: password, to: "second-secret" };
    const change = "ALTER CURRENT USER SET PASSWORD FROM $from TO $to";
    await using session = db.session({ database: "system" });
    await session.run(change, parameters);
    const login = auth.basic(name, parameters.to);
    assert.equal(await whoAmI(open({}, login)), name);
    if (capabilities.sessionAuth) assert.equal(await db.verifyAuthentication(login), true);
  }, "CHANGE REQUIRED"),

  "impersonation is refused": async ({ db, capabilities }) => {
    if (!capabilities.impersonation) throw new Skip("needs Bolt 4.4");
    await using session = db.session({ impersonatedUser: "somebody" });
    const error = await rejection(session.run("RETURN 1"), ServerFailure);
    assert.equal(error.code, "Neo.ClientError.Statement.ArgumentError");
    assert.deepEqual((await db.executeQuery("RETURN 1 AS n")).records, [{ n: 1 }]);
    return error.message.split("\n")[0];
  },
};
