// The way to a transaction's connection: at once where one is idle, else as a promise. Knows no session.
import type { BoltError } from "@bolt/protocol";
import type { Chain, Taker } from "./chain.ts";
import type { Connection } from "../connection/connection.ts";
import type { AcquireRequest } from "../pool/provider.ts";
import { rejection } from "../stack.ts";
import { TransactionCore } from "./transaction-core.ts";
import type { AccessMode, Api, TransactionConfig } from "./work.ts";

/** How a transaction is to be. */
export interface OpeningOptions {
  readonly chain: Chain;
  readonly mode: AccessMode;
  readonly config: TransactionConfig;
  /** Told to the server if the driver is to tell such things. */
  readonly api: Api | undefined;
  /** Called once, when the connection is given back. */
  readonly ended: () => void;
}

/** A transaction with a connection of its own; nothing is sent yet. */
export function openTransaction(options: OpeningOptions): TransactionCore | Promise<TransactionCore> {
  const opening = new Opening(options);
  options.chain.acquire(options.mode, options.config.signal, opening);
  return opening.core ?? opening.opened();
}

class Opening implements Taker {
  core: TransactionCore | undefined;
  readonly #options: OpeningOptions;
  #error: BoltError | undefined;
  #resolve: ((core: TransactionCore | PromiseLike<never>) => void) | undefined;

  constructor(options: OpeningOptions) {
    this.#options = options;
  }

  acquired(connection: Connection, request: AcquireRequest): void {
    const { chain, config, api, ended } = this.#options;
    this.core = new TransactionCore({
      chain,
      connection,
      request,
      extra: chain.extra(request, config),
      api: chain.core.config.telemetry ? api : undefined,
      signal: config.signal,
      ended,
    });
    this.#resolve?.(this.core);
  }

  notAcquired(error: BoltError): void {
    this.#error = error;
    this.#resolve?.(rejection(error));
  }

  opened(): Promise<TransactionCore> {
    return new Promise((resolve) => {
      this.#resolve = resolve;
      if (this.#error) resolve(rejection(this.#error));
    });
  }
}
