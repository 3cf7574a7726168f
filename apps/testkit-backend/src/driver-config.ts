// Turns NewDriver's fields into the arguments of driver().
import { readFileSync } from "node:fs";
import { join } from "node:path";
import {
  type AuthManager,
  type AuthSource,
  type DriverConfig,
  type NotificationSettings,
  type TlsOptions,
} from "@bolt/client";
import { type Context, type Data, given } from "./context.ts";
import { Manager } from "./handlers/auth-managers.ts";
import { CertificateProvider, readCertificate } from "./handlers/certificates.ts";
import { readToken } from "./tokens.ts";

/**
 * Versions that fit into the four proposals of a handshake and that TestKit's stub server understands: it accepts no
 * ranges below 4.3, but its server for 4.2 speaks 4.1 if the client offers that.
 */
const VERSIONS: readonly string[] = ["5.7-5.0", "4.4-4.2", "4.1", "3"];

/** The login for `driver()`. */
export function authOf(data: Data, context: Context): AuthSource | undefined {
  const managerId = data["authTokenManagerId"];
  if (managerId !== null && managerId !== undefined) {
    const { manager }: { manager: AuthManager } = context.get(managerId, Manager);
    return manager;
  }
  return data["authorizationToken"] ? readToken(data["authorizationToken"]) : undefined;
}

/** The settings for `driver()`. */
export function configOf(data: Data, context: Context): DriverConfig {
  const tls = tlsOf(data, context);
  return given<DriverConfig>({
    userAgent: data["userAgent"] as string | null,
    fetchSize: data["fetchSize"] as number | null,
    pool: given({
      maxSize: data["maxConnectionPoolSize"] as number | null,
      livenessCheckMs: data["livenessCheckTimeoutMs"] as number | null,
    }),
    timeouts: given({
      connectMs: data["connectionTimeoutMs"] as number | null,
      acquireMs: data["connectionAcquisitionTimeoutMs"] as number | null,
    }),
    retry: given({ maxTimeMs: data["maxTxRetryTimeMs"] as number | null }),
    resolver: data["resolverRegistered"]
      ? async (seed) => {
          const asked = await context.ask("ResolverResolutionRequired", { address: seed.toString() });
          return asked["addresses"] as string[];
        }
      : undefined,
    lookup: data["domainNameResolverRegistered"]
      ? async (name) => {
          const asked = await context.ask("DomainNameResolutionRequired", { name });
          return asked["addresses"] as string[];
        }
      : undefined,
    notifications: notificationsOf(data),
    // The official drivers send telemetry unless told not to.
    telemetry: data["telemetryDisabled"] !== true,
    tls,
    versions: VERSIONS,
    // Our driver accepts every server; TestKit expects only Neo4j to be accepted.
    verifyServer: ({ agent }) => agent.startsWith("Neo4j/"),
    integers: "bigint",
    clock: context.clock,
  });
}

/** The notification filters of NewDriver and NewSession. */
export function notificationsOf(data: Data): NotificationSettings | undefined {
  const minimumSeverity = data["notificationsMinSeverity"];
  const disabledClassifications = data["notificationsDisabledCategories"];
  if (!minimumSeverity && !disabledClassifications) return undefined;
  return given<NotificationSettings>({
    minimumSeverity: minimumSeverity as NotificationSettings["minimumSeverity"],
    disabledClassifications: disabledClassifications as string[],
  });
}

function tlsOf(data: Data, context: Context): boolean | TlsOptions | undefined {
  const { encrypted, trustedCertificates, clientCertificate, clientCertificateProviderId } = data;
  const options: TlsOptions = given<TlsOptions>({
    ...trustOf(trustedCertificates),
    clientCertificate: clientCertificate
      ? readCertificate(clientCertificate)
      : clientCertificateProviderId
        ? context.get(clientCertificateProviderId, CertificateProvider).provide
        : undefined,
  });
  // In the official drivers these settings alone do not enable encryption.
  if (encrypted === false && Object.keys(options).length === 0) return false;
  if (encrypted === true || Object.keys(options).length > 0) return options;
  return undefined;
}

function trustOf(certificates: unknown): TlsOptions {
  if (certificates === undefined) return {};
  if (certificates === null) return { trust: "system" };
  const names = certificates as string[];
  if (names.length === 0) return { trust: "any" };
  const folder = process.env["TESTKIT_CUSTOM_CA"] ?? ".";
  return { ca: names.map((name) => readFileSync(join(folder, name))) };
}
