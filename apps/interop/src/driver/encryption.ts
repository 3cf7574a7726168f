// TLS with our own authority: which servers are trusted, which are refused, and whether the error says why. Run
// against a server that requires TLS and one without TLS.
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { getCACertificates, setDefaultCACertificates } from "node:tls";
import { auth, type ClientCertificate, ConfigError, ServiceUnavailableError, TlsError } from "@bolt/client";
import { cacheFolder } from "../cache.ts";
import { createAuthority } from "../certificates.ts";
import { startNeo4j } from "../neo4j.ts";
import { type Checks, type Context, rejection } from "./check.ts";

/** Other servers besides the checked one at `bolt+s://localhost`. */
export interface Neighbours {
  /** The authority of the checked server. */
  readonly ca: string;
  /** The URI of a server without TLS. */
  readonly plain: string;
  /** Starts a server that requires client certificates. */
  readonly version: string;
}

export function encryption({ ca, plain, version }: Neighbours): Checks {
  const works = async (db: ReturnType<Context["open"]>): Promise<void> => {
    assert.equal(db.encrypted, true);
    assert.deepEqual((await db.executeQuery("RETURN 1 AS n")).records, [{ n: 1 }]);
  };
  const at = (uri: string, scheme: string): string => `${scheme}://${new URL(uri).host}`;

  return {
    "bolt:// and neo4j:// with tls.ca": async ({ open, uri }) => {
      await works(open({ tls: { ca } }, undefined, at(uri, "bolt")));
      await works(open({ tls: { ca } }, undefined, at(uri, "neo4j")));
      // As bytes, and in a list.
      const many = [createAuthority("Another").ca, Buffer.from(ca)];
      await works(open({ tls: { ca: many } }, undefined, at(uri, "bolt")));
    },

    "bolt+s:// and neo4j+s://, the machine trusts the authority": async ({ open, uri }) => {
      const before = getCACertificates("default");
      setDefaultCACertificates([...before, ca]);
      try {
        await works(open({}, undefined, at(uri, "bolt+s")));
        await works(open({}, undefined, at(uri, "neo4j+s")));
      } finally {
        setDefaultCACertificates(before);
      }
    },

    "bolt+ssc:// and neo4j+ssc:// trust any certificate": async ({ open, uri }) => {
      await works(open({}, undefined, at(uri, "bolt+ssc")));
      await works(open({}, undefined, at(uri, "neo4j+ssc")));
      await works(open({ tls: { trust: "any" } }, undefined, at(uri, "bolt")));
    },

    "an unknown authority is refused": async ({ open, uri }) => {
      const other = createAuthority("Another").ca;
      const ways = [
        open({}, undefined, at(uri, "bolt+s")),
        open({ tls: true }, undefined, at(uri, "bolt")),
        open({ tls: { ca: other } }, undefined, at(uri, "bolt")),
        open({ tls: { ca: other } }, undefined, at(uri, "neo4j")),
      ];
      const words = new Set<string>();
      for (const db of ways) {
        const error = await rejection(db.executeQuery("RETURN 1"), TlsError);
        assert.equal(error.retryable, false);
        words.add(error.message.replace(/\S+:\d+/, "…"));
      }
      for (const message of words) assert.match(message, /authority is not known here/);
      return [...words].join("; ");
    },

    "a certificate for another name is refused": async ({ open, uri }) => {
      const db = open({ tls: { ca, serverName: "db.example.com" } }, undefined, at(uri, "bolt"));
      const error = await rejection(db.verifyConnectivity(), TlsError);
      assert.match(error.message, /another host name/);
    },

    "tls.pin": async ({ open, uri }) => {
      let seen = "";
      const pin = ({ fingerprint256 }: { fingerprint256: string }): boolean => {
        seen = fingerprint256;
        return true;
      };
      await works(open({ tls: { trust: "any", pin } }, undefined, at(uri, "bolt")));
      assert.match(seen, /^([0-9A-F]{2}:){31}[0-9A-F]{2}$/);
      const refused = open({ tls: { trust: "any", pin: () => false } }, undefined, at(uri, "bolt"));
      await rejection(refused.verifyConnectivity(), TlsError);
    },

    "a certificate of our own (mutual TLS)": async ({ open }) => {
      const clients = createAuthority("Bolt interop clients");
      const trusted = mkdtempSync(join(cacheFolder("ca"), "clients-"));
      writeFileSync(join(trusted, "ca.crt"), clients.ca);
      const settings = {
        "dbms.ssl.policy.bolt.client_auth": "REQUIRE",
        "dbms.ssl.policy.bolt.trusted_dir": trusted,
      };
      try {
        await using server = await startNeo4j({ version, tls: "required", settings });
        const login = auth.basic(server.user, server.password);
        const uri = at(server.uri, "bolt");
        const tls = { ca: server.ca! };
        const mine = clients.issue(["ann"]);
        await works(open({ tls: { ...tls, clientCertificate: mine } }, login, uri));
        // Called for each connection, so that it can be renewed; here no connection is reused.
        let asked = 0;
        const clientCertificate = (): ClientCertificate => (asked++, clients.issue(["ann"]));
        const renewing = open({ tls: { ...tls, clientCertificate }, pool: { maxLifetimeMs: 0 } }, login, uri);
        await works(renewing);
        await works(renewing);
        assert.equal(asked, 2);
        await rejection(open({ tls }, login, uri).verifyConnectivity(), Error);
        const stranger = createAuthority("Another").issue(["ann"]);
        const refused = open({ tls: { ...tls, clientCertificate: stranger } }, login, uri);
        const error = await rejection(refused.verifyConnectivity(), Error);
        return `another's: ${error.message.replace(/\S+:\d+/, "…")}`;
      } finally {
        rmSync(trusted, { recursive: true });
      }
    },

    "plain Bolt where TLS is required": async ({ open, uri }) => {
      const error = await rejection(open({}, undefined, at(uri, "bolt")).verifyConnectivity(), Error);
      assert.match(error.message, /does it accept only TLS/);
      return error.message.replace(/\S+:\d+/, "…");
    },

    "TLS where plain Bolt is spoken": async ({ open }) => {
      const db = open({}, undefined, plain.replace(/^bolt/, "bolt+s"));
      const error = await rejection(db.verifyConnectivity(), ServiceUnavailableError);
      assert.match(error.message, /is it a plain bolt/);
      return error.message.replace(/\S+:\d+/, "…");
    },

    "a scheme that contradicts the options": async ({ open, uri }) => {
      assert.throws(() => open({ tls: { ca } }, undefined, at(uri, "bolt+s")), ConfigError);
      assert.throws(() => open({ tls: false }, undefined, at(uri, "neo4j+ssc")), ConfigError);
    },
  };
}
