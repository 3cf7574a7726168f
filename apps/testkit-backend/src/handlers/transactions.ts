// Requests about transactions.
import type { ManagedTransaction, Transaction } from "@bolt/client";
import { answer, type Context, type Data, type Handler, type Handlers } from "../context.ts";
import { toParameters } from "../values.ts";
import { started } from "./results.ts";

/** A transaction, stored by id. */
export class KeptTransaction {
  readonly tx: ManagedTransaction | Transaction;

  constructor(tx: ManagedTransaction | Transaction) {
    this.tx = tx;
  }
}

const transactionOf = ({ txId }: Data, context: Context): ManagedTransaction | Transaction =>
  context.get(txId, KeptTransaction).tx;

const ending =
  (way: "commit" | "rollback" | "close"): Handler =>
  async (data, context) => {
    const tx = transactionOf(data, context);
    if (!("commit" in tx)) throw new TypeError(`a managed transaction has no ${way}()`);
    await tx[way]();
    return answer("Transaction", { id: data["txId"] });
  };

export const transactions: Handlers = {
  TransactionRun: (data, context) => {
    const { cypher, params } = data;
    const result = transactionOf(data, context).run(cypher as string, toParameters(params));
    return started(result, context);
  },

  TransactionCommit: ending("commit"),
  TransactionRollback: ending("rollback"),
  TransactionClose: ending("close"),
};
