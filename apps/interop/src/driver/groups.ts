// The checks for every server, in their order. TLS and clusters need their own servers.
import type { Checks } from "./check.ts";
import { load } from "./load.ts";
import { logins } from "./logins.ts";
import { queries } from "./queries.ts";
import { remarks } from "./remarks.ts";
import { routing } from "./routing.ts";
import { stopping } from "./stopping.ts";
import { transactions } from "./transactions.ts";
import { values } from "./values.ts";

export const GROUPS: Readonly<Record<string, Checks>> = {
  queries,
  transactions,
  values,
  logins,
  remarks,
  stopping,
  routing,
  load,
};
