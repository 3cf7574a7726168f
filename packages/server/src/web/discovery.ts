// What plain HTTP gets on a Bolt port: a JSON document with the addresses, which Neo4j Browser and Desktop
// ask for before they connect, and the answers to preflight requests.
import type { Config, DiscoveryOptions } from "../config.ts";
import type { DuplexInfo } from "../transport/transport.ts";
import type { HttpResponse, RequestHead } from "./http-head.ts";
import { originAllowed } from "./websocket-handshake.ts";

/** The response; the connection is closed after it. */
export function answerHttp(head: RequestHead, config: Config, info: DuplexInfo): HttpResponse {
  const { method, headers } = head;
  const cors = { "Access-Control-Allow-Origin": readableBy(headers.get("origin"), config) };
  if (method === "OPTIONS") {
    return [
      204,
      {
        ...cors,
        "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
        "Access-Control-Allow-Headers": headers.get("access-control-request-headers"),
        // For a page of the internet that looks for a server on its visitor's own machine.
        "Access-Control-Allow-Private-Network": headers.has("access-control-request-private-network")
          ? "true"
          : undefined,
        "Access-Control-Max-Age": "600",
      },
    ];
  }
  if (method !== "GET" && method !== "HEAD") return [405, { ...cors, Allow: "GET, HEAD, OPTIONS" }];
  return [
    200,
    { ...cors, "Content-Type": "application/json", "Cache-Control": "no-store", Vary: "Origin" },
    JSON.stringify(discoveryDocument(head, config, info)),
    method === "HEAD",
  ];
}

/** The pages that may connect may read this, too. */
function readableBy(origin: string | undefined, { webSocket }: Config): string | undefined {
  if (webSocket === false || webSocket.origins === "*") return "*";
  return originAllowed(webSocket.origins, origin) ? origin : undefined;
}

function discoveryDocument(
  { headers }: RequestHead,
  config: Config,
  info: DuplexInfo,
): Record<string, unknown> {
  const address = config.advertisedAddress ?? headers.get("host") ?? info.localAddress ?? "localhost:7687";
  const secure = info.encrypted ? "+s" : "";
  const { authProviders, entries } = config.discovery as DiscoveryOptions;
  return {
    bolt_routing: `neo4j${secure}://${address}`,
    bolt_direct: `bolt${secure}://${address}`,
    neo4j_version: /\/(\d+(?:\.\d+)*)/.exec(config.agent)?.[1] ?? "",
    neo4j_edition: "community",
    auth_config: { oidc_providers: authProviders },
    ...entries,
  };
}
