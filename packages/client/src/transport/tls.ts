// What a user may say about encryption, and what comes out of it together with the URI. Knows no TLS
// library: the transports do.
import { ConfigError } from "../errors.ts";

/** PEM text, or the bytes of a PEM or DER file. */
export type Pem = string | Uint8Array;

/** What the driver shows to servers that ask who it is (mutual TLS). */
export interface ClientCertificate {
  readonly cert: Pem | readonly Pem[];
  readonly key: Pem;
  /** Of the private key. */
  readonly passphrase?: string | undefined;
}

/** What a pin callback sees of the server's certificate. */
export interface ServerCertificate {
  /** `AB:CD:…`, upper case. */
  readonly fingerprint256: string;
  /** DER. */
  readonly raw: Uint8Array;
  readonly subject: Readonly<Record<string, unknown>>;
  readonly issuer: Readonly<Record<string, unknown>>;
  readonly valid_to: string;
}

/** `{ tls }` of the driver. A URI with `+s` or `+ssc` has settled `trust` and `ca`; the rest can be added to it. */
export interface TlsOptions {
  /** `"system"`: certificates must be vouched for by the machine's authorities, or by `ca`. `"any"`: everybody is believed. Default `"system"`. */
  readonly trust?: "system" | "any" | undefined;
  /** Authorities in place of the system's. */
  readonly ca?: Pem | readonly Pem[] | undefined;
  /** A certificate of our own. A function is called for each new connection, so that it can be renewed. */
  readonly clientCertificate?:
    | (ClientCertificate | (() => ClientCertificate | Promise<ClientCertificate>))
    | undefined;
  /** Called after the TLS handshake and before any byte of Bolt; anything but `true` refuses the server. */
  readonly pin?: ((certificate: ServerCertificate) => boolean | Promise<boolean>) | undefined;
  /** The name asked for (SNI) and looked for in the certificate; default: the host. */
  readonly serverName?: string | undefined;
  /** Anything else that `tls.connect` of Node takes: `minVersion`, `ciphers`, `secureContext` … */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
}

/** What a dial gets: the same, settled. */
export interface TlsSettings extends Omit<TlsOptions, "trust"> {
  /** False: take any certificate. */
  readonly verify: boolean;
}

/** The scheme's word on encryption: none, verified (`+s`), anybody's certificate (`+ssc`). */
export type Encryption = "none" | "verified" | "any";

/** Joins URI and configuration; undefined is plain text. Throws ConfigError where they contradict each other. */
export function resolveTls(
  scheme: string,
  encryption: Encryption,
  config: boolean | TlsOptions | undefined,
): TlsSettings | undefined {
  const options = typeof config === "object" ? config : {};
  const { trust, ...rest } = options;
  checkPem("tls.ca", options.ca);
  if (typeof options.clientCertificate === "object") checkCertificate(options.clientCertificate);
  if (encryption !== "none") {
    if (config === false || trust !== undefined || options.ca !== undefined) {
      const surplus = config === false ? "tls: false" : "tls.trust and tls.ca";
      const plain = scheme.replace(/(\+ssc|\+?s)$/, "");
      throw new ConfigError(
        `the scheme "${scheme}" settles encryption and trust: leave out ${surplus}, or use "${plain}"`,
      );
    }
    return { ...rest, verify: encryption === "verified" };
  }
  if (config === undefined || config === false) return undefined;
  if (trust === "any" && options.ca !== undefined) {
    throw new ConfigError('tls.trust "any" and tls.ca contradict each other');
  }
  return { ...rest, verify: trust !== "any" };
}

/** Throws ConfigError where there is no certificate or no key, as far as that can be seen without a TLS library. */
export function checkCertificate(given: ClientCertificate | undefined): void {
  const { cert, key } = given ?? {};
  if (!cert || !key) throw new ConfigError("tls.clientCertificate needs { cert, key }");
  checkPem("tls.clientCertificate.cert", cert);
  checkPem("tls.clientCertificate.key", key);
}

/** Of text nothing else is taken, and what is none is ignored without a word by some runtimes. Mostly it is a path. */
function checkPem(option: string, given: Pem | readonly Pem[] | undefined): void {
  for (const pem of [given].flat()) {
    if (typeof pem !== "string" || pem.includes("-----BEGIN ")) continue;
    throw new ConfigError(`"${option}" must be the content of a PEM file, "-----BEGIN …", not its path`);
  }
}
