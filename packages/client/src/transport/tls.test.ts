import { expect, test } from "vitest";
import { resolveTls, type TlsOptions } from "./tls.ts";

const PEM = "-----BEGIN CERTIFICATE-----";

test("the scheme decides, the configuration adds", () => {
  expect(resolveTls("bolt", "none", undefined)).toBeUndefined();
  expect(resolveTls("bolt", "none", false)).toBeUndefined();
  expect(resolveTls("bolt", "none", true)).toEqual({ verify: true });
  expect(resolveTls("bolt", "none", { trust: "any" })).toEqual({ verify: false });
  expect(resolveTls("bolt", "none", { ca: PEM })).toEqual({ verify: true, ca: PEM });
  expect(resolveTls("bolt+s", "verified", undefined)).toEqual({ verify: true });
  expect(resolveTls("bolt+s", "verified", true)).toEqual({ verify: true });
  expect(resolveTls("bolt+ssc", "any", { serverName: "db" })).toEqual({ verify: false, serverName: "db" });
});

test.each([false, { trust: "system" as const }, { trust: "any" as const }, { ca: PEM }])(
  "a scheme with encryption refuses %o",
  (config) => {
    expect(() => resolveTls("neo4j+s", "verified", config)).toThrow(
      `the scheme "neo4j+s" settles encryption and trust: leave out ${config === false ? "tls: false" : "tls.trust and tls.ca"}, or`,
    );
  },
);

test("trusting any certificate and naming an authority contradict each other", () => {
  expect(() => resolveTls("bolt", "none", { trust: "any", ca: PEM })).toThrow(/contradict/);
});

test.each([
  [{ ca: "/etc/ssl/ca.pem" }, /"tls.ca" must be the content of a PEM file.*not its path/],
  [{ ca: [PEM, ""] }, /"tls.ca" must be the content/],
  [{ clientCertificate: { cert: PEM } }, /tls.clientCertificate needs \{ cert, key \}/],
  [{ clientCertificate: { cert: PEM, key: "key.pem" } }, /"tls.clientCertificate.key" must be the content/],
] as const)("%o is refused", (config, message) => {
  expect(() => resolveTls("bolt", "none", config as TlsOptions)).toThrow(message);
});

test("bytes are not checked", () => {
  const ca = new Uint8Array([0x30]);
  expect(resolveTls("bolt", "none", { ca })).toEqual({ verify: true, ca });
});
