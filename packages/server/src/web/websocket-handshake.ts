// The opening handshake of a WebSocket, seen from the server. Spec: RFC 6455, section 4.2.
import { type HttpResponse, hasToken, type RequestHead } from "./http-head.ts";
import { sha1Base64 } from "./sha1.ts";

/** Which pages may connect: all, those of a list (`https://host`), or those that a function accepts. */
export type Origins = "*" | readonly string[] | ((origin: string) => boolean);

/** Requests that come from no page (drivers, tools) have no Origin and are let in. */
export function originAllowed(origins: Origins, origin: string | undefined): boolean {
  if (origin === undefined || origins === "*") return true;
  return typeof origins === "function" ? origins(origin) : origins.includes(origin);
}

export function asksForWebSocket({ headers }: RequestHead): boolean {
  return hasToken(headers.get("upgrade"), "websocket") && hasToken(headers.get("connection"), "upgrade");
}

const KEY_SUFFIX = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/** The response; 101 makes the connection a WebSocket. Compression is declined by not naming it. */
export function answerWebSocket({ method, headers }: RequestHead, origins: Origins): HttpResponse {
  const key = headers.get("sec-websocket-key") ?? "";
  if (method !== "GET" || !/^[A-Za-z0-9+/]{22}==$/.test(key)) return [400];
  if (headers.get("sec-websocket-version") !== "13") return [426, { "Sec-WebSocket-Version": "13" }];
  if (!originAllowed(origins, headers.get("origin"))) return [403];
  return [
    101,
    {
      Upgrade: "websocket",
      Connection: "Upgrade",
      "Sec-WebSocket-Accept": sha1Base64(key + KEY_SUFFIX),
      // There is one protocol on this port, whatever the client calls it: the first name it offers is echoed.
      "Sec-WebSocket-Protocol": headers.get("sec-websocket-protocol")?.split(",")[0]?.trim() || undefined,
    },
  ];
}
