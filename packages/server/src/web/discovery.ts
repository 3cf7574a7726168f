// What plain HTTP gets on a Bolt port: a JSON document with the addresses, which Neo4j Browser and Desktop
// ask for before they connect, and the answers to preflight requests.
import type { Config } from "../config.ts";
import { type RequestHead, response } from "./http-head.ts";
import type { DuplexInfo } from "../transport/transport.ts";
import { originAllowed } from "./websocket-handshake.ts";

/** The whole response; the connection is closed behind it. */
export function answerHttp(head: RequestHead, config: Config, info: DuplexInfo): Uint8Array {
  const { method, headers } = head;
  const cors = corsHeaders(head, config);
  if (method === "OPTIONS") {
    return response(204, {
      ...cors,
      "Access-Control-Allow-Methods": "GET, HEAD, OPTIONS",
      "Access-Control-Allow-Headers": headers.get("access-control-request-headers"),
      // A page of the internet that looks for a server on the machine of its reader.
      "Access-Control-Allow-Private-Network": headers.has("access-control-request-private-network")
        ? "true"
        : undefined,
      "Access-Control-Max-Age": "600",
    });
  }
  if (method !== "GET" && method !== "HEAD") return response(405, { ...cors, Allow: "GET, HEAD, OPTIONS" });
  return response(
    200,
    { ...cors, "Content-Type": "application/json", "Cache-Control": "no-store", Vary: "Origin" },
    JSON.stringify(discoveryDocument(head, config, info)),
    method === "HEAD",
  );
}

/** The same pages may read this that may connect. */
function corsHeaders({ headers }: RequestHead, { webSocket }: Config): Record<string, string | undefined> {
  const origin = headers.get("origin");
  const origins = webSocket === false ? "*" : webSocket.origins;
  if (origins === "*") return { "Access-Control-Allow-Origin": "*" };
  return { "Access-Control-Allow-Origin": originAllowed(origins, origin) ? origin : undefined };
}

function discoveryDocument(
  { headers }: RequestHead,
  config: Config,
  info: DuplexInfo,
): Record<string, unknown> {
  const address = config.advertisedAddress ?? headers.get("host") ?? info.localAddress ?? "localhost:7687";
  const secure = info.encrypted ? "+s" : "";
  const discovery = config.discovery || {};
  return {
    bolt_routing: `neo4j${secure}://${address}`,
    bolt_direct: `bolt${secure}://${address}`,
    neo4j_version: /\/(\d+(?:\.\d+)*)/.exec(config.agent)?.[1] ?? "",
    neo4j_edition: "community",
    auth_config: { oidc_providers: discovery.authProviders ?? [] },
    ...discovery.entries,
  };
}
