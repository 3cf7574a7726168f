// Client certificates: files on this machine, or a provider that asks TestKit for their names.
import { readFileSync } from "node:fs";
import type { TlsOptions } from "@bolt/client";
import { answer, type Context, type Handlers } from "../context.ts";
import type { Message } from "../lines.ts";

type ClientCertificate = Exclude<TlsOptions["clientCertificate"], undefined | ((...args: never) => unknown)>;

/** `{ name: "ClientCertificate", data: { certfile, keyfile, password } }` */
export function readCertificate(message: unknown): ClientCertificate {
  const { certfile, keyfile, password } = (message as Message).data as Record<string, string>;
  return {
    cert: readFileSync(certfile!),
    key: readFileSync(keyfile!),
    ...(password && { passphrase: password }),
  };
}

/** A provider, stored by id. */
export class CertificateProvider {
  id = 0;
  readonly #context: Context;
  #current: ClientCertificate | undefined;

  constructor(context: Context) {
    this.#context = context;
  }

  /** The driver calls this for each new connection. */
  readonly provide = async (): Promise<ClientCertificate> => {
    const { hasUpdate, clientCertificate } = await this.#context.ask("ClientCertificateProviderRequest", {
      clientCertificateProviderId: this.id,
    });
    if (hasUpdate || !this.#current) this.#current = readCertificate(clientCertificate);
    return this.#current;
  };
}

export const certificates: Handlers = {
  NewClientCertificateProvider: (_data, context) => {
    const provider = new CertificateProvider(context);
    provider.id = context.keep(provider);
    return answer("ClientCertificateProvider", { id: provider.id });
  },

  ClientCertificateProviderClose: ({ id }, context) => {
    context.forget(id);
    return answer("ClientCertificateProvider", { id });
  },
};
