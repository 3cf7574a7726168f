// How TLS is configured. Types only, without Node's: a server that only accepts streams never loads TLS.

/** PEM text or bytes. */
export type Pem = string | Uint8Array;

/** A certificate and its key, with whatever else `tls.createSecureContext` of Node takes. */
export interface Certificate {
  readonly cert: Pem | readonly Pem[];
  readonly key: Pem;
  /** Who may have signed the certificates of clients (mutual TLS). */
  readonly ca?: Pem | readonly Pem[] | undefined;
  readonly passphrase?: string | undefined;
  readonly [option: string]: unknown;
}

export interface TlsOptions extends Certificate {
  /** Whether plain connections are taken on the same port. Default `"required"`: they are closed. */
  readonly mode?: "required" | "optional" | undefined;
  /** Mutual TLS: `"request"` asks for a certificate and shows a valid one to the backend; `"require"` insists. */
  readonly clientCertificate?: "none" | "request" | "require" | undefined;
  /** Certificates by server name (SNI); `*.example.com` stands for one more label. */
  readonly hosts?: Readonly<Record<string, Certificate>> | undefined;
  /** `"TLSv1.2"` (default) or `"TLSv1.3"`. */
  readonly minVersion?: "TLSv1.2" | "TLSv1.3" | undefined;
}
