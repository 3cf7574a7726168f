// The user's settings for encryption, and how they combine with the URI. Knows no TLS library: the
// transports do.
import { ConfigError } from "../errors.ts";

/** PEM text, or the bytes of a PEM or DER file. */
export type Pem = string | Uint8Array;

/** The driver's own certificate, for servers that ask for one (mutual TLS). */
export interface ClientCertificate {
  readonly cert: Pem | readonly Pem[];
  readonly key: Pem;
  /** Decrypts the private key. */
  readonly passphrase?: string | undefined;
}

/** The part of the server's certificate that a pin callback sees. */
export interface ServerCertificate {
  /** `AB:CD:…`, upper case. */
  readonly fingerprint256: string;
  /** DER. */
  readonly raw: Uint8Array;
  readonly subject: Readonly<Record<string, unknown>>;
  readonly issuer: Readonly<Record<string, unknown>>;
  readonly valid_to: string;
}

/** `{ tls }` of the driver. A URI with `+s` or `+ssc` settles `trust` and `ca`; the other options may be added. */
export interface TlsOptions {
  /**
   * `"system"`: the machine's certificate authorities, or `ca`, must have signed the certificate. `"any"`: every
   * certificate is trusted. Default `"system"`.
   */
  readonly trust?: "system" | "any" | undefined;
  /** Certificate authorities to trust in place of the system's. */
  readonly ca?: Pem | readonly Pem[] | undefined;
  /** The driver's own certificate. A function is called for each new connection, so the certificate can be renewed. */
  readonly clientCertificate?:
    | (ClientCertificate | (() => ClientCertificate | Promise<ClientCertificate>))
    | undefined;
  /** Called after the TLS handshake and before any byte of Bolt; anything but `true` refuses the server. */
  readonly pin?: ((certificate: ServerCertificate) => boolean | Promise<boolean>) | undefined;
  /** The name sent to the server (SNI) and expected in its certificate; default: the host. */
  readonly serverName?: string | undefined;
  /** Any other option of Node's `tls.connect`: `minVersion`, `ciphers`, `secureContext` … */
  readonly options?: Readonly<Record<string, unknown>> | undefined;
}

/** TlsOptions combined with the URI, as `dial` receives them. */
export interface TlsSettings extends Omit<TlsOptions, "trust"> {
  /** False: accept any certificate. */
  readonly verify: boolean;
}

/** What the scheme says about encryption: none, a verified certificate (`+s`), or any certificate (`+ssc`). */
export type Encryption = "none" | "verified" | "any";

/** Combines URI and configuration; undefined is plain text. Throws ConfigError when they contradict each other. */
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

/** Throws ConfigError when certificate or key is missing, as far as that shows without a TLS library. */
export function checkCertificate(given: ClientCertificate | undefined): void {
  const { cert, key } = given ?? {};
  if (!cert || !key) throw new ConfigError("tls.clientCertificate needs { cert, key }");
  checkPem("tls.clientCertificate.cert", cert);
  checkPem("tls.clientCertificate.key", key);
}

/** A string must be PEM text; some runtimes silently ignore anything else. Usually it is a path. */
function checkPem(option: string, given: Pem | readonly Pem[] | undefined): void {
  for (const pem of [given].flat()) {
    if (typeof pem !== "string" || pem.includes("-----BEGIN ")) continue;
    throw new ConfigError(`"${option}" must be the content of a PEM file, "-----BEGIN …", not its path`);
  }
}
