// Turns recorded request messages back into the verbs of a ClientConnection, so that its bytes can be compared
// with the recorded ones.
import type { Dictionary, Structure } from "@bolt/framing";
import { type ClientConnection, REQUEST_TAGS, type TransactionExtra } from "../src/index.ts";

const name = (tag: number): string =>
  Object.entries(REQUEST_TAGS).find(([, value]) => value === tag)?.[0] ?? "?";
const defined = <T extends object>(entries: T): T =>
  Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as T;
const map = (value: unknown): Dictionary => value as Dictionary;

function extra(wire: Dictionary): TransactionExtra {
  return defined({
    bookmarks: wire["bookmarks"] as string[] | undefined,
    txTimeoutMs: wire["tx_timeout"] as number | undefined,
    txMetadata: wire["tx_metadata"] as Dictionary | undefined,
    mode: wire["mode"] as "r" | "w" | undefined,
    db: wire["db"] as string | undefined,
    impUser: wire["imp_user"] as string | undefined,
    notificationsMinimumSeverity: wire["notifications_minimum_severity"] as string | undefined,
    notificationsDisabledClassifications: (wire["notifications_disabled_classifications"] ??
      wire["notifications_disabled_categories"]) as string[] | undefined,
  });
}

function hello(client: ClientConnection, wire: Dictionary): void {
  const agent = wire["bolt_agent"] as Dictionary | undefined;
  const options = defined({
    userAgent: wire["user_agent"] as string,
    boltAgent: agent && {
      product: agent["product"] as string,
      platform: agent["platform"] as string,
      language: agent["language"] as string,
      languageDetails: agent["language_details"] as string,
    },
    routing: wire["routing"] as Record<string, string> | undefined,
    patchBolt: wire["patch_bolt"] as string[] | undefined,
    notificationsMinimumSeverity: wire["notifications_minimum_severity"] as string | undefined,
    notificationsDisabledClassifications: (wire["notifications_disabled_classifications"] ??
      wire["notifications_disabled_categories"]) as string[] | undefined,
  });
  client.hello(options);
  if (!client.version!.atLeast(5, 1)) logon(client, wire);
}

function logon(client: ClientConnection, wire: Dictionary): void {
  client.logon(
    defined({
      scheme: wire["scheme"] as string,
      principal: wire["principal"] as string | undefined,
      credentials: wire["credentials"] as string | undefined,
    }),
  );
}

/**
 * Calls the verbs for the messages. With `textTransactions`, a RUN of BEGIN, COMMIT or ROLLBACK and the DISCARD_ALL
 * after it are one verb, as on later versions. Returns how many responses must come.
 */
export function play(
  client: ClientConnection,
  sent: readonly Structure[],
  textTransactions: boolean,
): number {
  let responses = 0;
  for (let i = 0; i < sent.length; i++) {
    const { tag, fields } = sent[i]!;
    responses++;
    switch (name(tag)) {
      case "HELLO":
        if (fields.length === 2) {
          client.hello({ userAgent: fields[0] as string });
          logon(client, map(fields[1]));
        } else hello(client, map(fields[0]));
        if (!client.version!.atLeast(5, 1)) responses++;
        break;
      case "LOGON":
        logon(client, map(fields[0]));
        break;
      case "RUN": {
        const [query, parameters, wire] = fields as [string, Dictionary, Dictionary | undefined];
        if (textTransactions && ["BEGIN", "COMMIT", "ROLLBACK"].includes(query)) {
          if (query === "COMMIT") client.commit();
          else if (query === "ROLLBACK") client.rollback();
          else client.begin(parameters["bookmark"] ? { bookmarks: [parameters["bookmark"] as string] } : {});
          i++; // its DISCARD_ALL
        } else client.run(query, parameters, wire ? extra(wire) : {});
        break;
      }
      case "PULL":
      case "DISCARD": {
        const { n = -1, qid } = (fields[0] ?? {}) as { n?: number; qid?: number };
        if (name(tag) === "PULL") client.pull(defined({ n, qid }));
        else client.discard(defined({ n, qid }));
        break;
      }
      case "BEGIN":
        client.begin(extra(map(fields[0])));
        break;
      case "ROUTE": {
        const [routing, bookmarks, last] = fields as [
          Record<string, string>,
          string[],
          Dictionary | string | null,
        ];
        const { db, imp_user: impUser } =
          typeof last === "string" ? { db: last, imp_user: undefined } : (last ?? {});
        client.route(
          defined({ routing, bookmarks, db: (db ?? undefined) as string, impUser: impUser as string }),
        );
        break;
      }
      case "TELEMETRY":
        client.telemetry(fields[0] as number);
        break;
      case "GOODBYE":
        client.goodbye();
        responses--;
        break;
      case "COMMIT":
        client.commit();
        break;
      case "ROLLBACK":
        client.rollback();
        break;
      case "RESET":
        client.reset();
        break;
      case "ACK_FAILURE":
        client.ackFailure();
        break;
      case "LOGOFF":
        client.logoff();
        break;
      default:
        throw new Error(`no verb for tag ${tag}`);
    }
  }
  return responses;
}
