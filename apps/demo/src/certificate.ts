// The certificate for `--serve`, read and checked before anything listens.
import { X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createSecureContext } from "node:tls";
import type { TlsOptions } from "@bolt/server";

export interface LoadedCertificate extends TlsOptions {
  readonly cert: string;
  readonly key: string;
  /** No authority vouches for it: clients have to be told to trust it. */
  readonly selfSigned: boolean;
}

/** Reads two PEM files. Throws Error with one clear line if they cannot be read or do not belong together. */
export function readCertificate(files: { readonly cert: string; readonly key: string }): LoadedCertificate {
  const cert = read("certificate", files.cert);
  const key = read("key", files.key);
  try {
    createSecureContext({ cert, key });
    const certificate = new X509Certificate(cert);
    return { cert, key, selfSigned: certificate.checkIssued(certificate) };
  } catch (error) {
    const { reason, message } = error as Error & { reason?: string };
    throw new Error(`${files.cert} and ${files.key} cannot be used for TLS: ${reason ?? message}`, {
      cause: error,
    });
  }
}

function read(what: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new Error(`cannot read the ${what}: ${(error as Error).message}`, { cause: error });
  }
}
