// How TLS is configured. Types only, without Node's: a server that only accepts streams never loads TLS. Objects of
// Node's own type `tls.TlsOptions` fit.

/** PEM text or bytes. */
export type Pem = string | Uint8Array;

/** Versions of TLS by Node's names. */
export type TlsVersion = "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";

/**
 * A certificate and its key: `cert` and `key`, or both in `pfx`. All other options of Node's `tls.createSecureContext`
 * are passed on.
 */
export interface Certificate {
  /** The certificate, followed by intermediate ones. */
  readonly cert?: Pem | readonly Pem[] | undefined;
  readonly key?:
    | Pem
    | readonly (Pem | { readonly pem: Pem; readonly passphrase?: string | undefined })[]
    | undefined;
  /** PKCS#12: certificate and key in one. */
  readonly pfx?:
    | Pem
    | readonly (Pem | { readonly buf: Pem; readonly passphrase?: string | undefined })[]
    | undefined;
  /** Of the key, or of `pfx`. */
  readonly passphrase?: string | undefined;
  /** The authorities that may sign certificates of clients (mutual TLS). */
  readonly ca?: Pem | readonly Pem[] | undefined;
  /** Revocation lists for certificates of clients. */
  readonly crl?: Pem | readonly Pem[] | undefined;
  readonly ciphers?: string | undefined;
  readonly ecdhCurve?: string | undefined;
  readonly sigalgs?: string | undefined;
  /** `"TLSv1.2"` by default. */
  readonly minVersion?: TlsVersion | undefined;
  readonly maxVersion?: TlsVersion | undefined;
}

/** `done` takes a `SecureContext` of Node. */
export type SniCallback = (name: string, done: (error: Error | null, context?: unknown) => void) => void;

export interface TlsOptions extends Certificate {
  /** Whether plain connections are accepted on the same port. Default `"required"`: they are closed. */
  readonly mode?: "required" | "optional" | undefined;
  /**
   * Mutual TLS: `"request"` asks for a certificate and shows a valid one to the backend; `"require"` insists. Default:
   * as Node's `requestCert` and `rejectUnauthorized` say, so `"none"` without them.
   */
  readonly clientCertificate?: "none" | "request" | "require" | undefined;
  readonly requestCert?: boolean | undefined;
  readonly rejectUnauthorized?: boolean | undefined;
  /** Certificates by server name (SNI); the `*` of `*.example.com` stands for one label. */
  readonly hosts?: Readonly<Record<string, Certificate>> | undefined;
  /** Node's own way of choosing a certificate, for names that `hosts` does not have. */
  readonly SNICallback?: SniCallback | undefined;
}
