// The head of an HTTP/1.1 request and the text of a response: as much of HTTP as a Bolt port needs to
// answer discovery and to become a WebSocket. Bodies and persistent connections are left out.

/** Method, target and headers of a request. */
export interface RequestHead {
  readonly method: string;
  readonly target: string;
  /** By lower-case name; repeated ones joined by commas. */
  readonly headers: ReadonlyMap<string, string>;
}

/** More than Bolt needs, since browsers send the host's cookies. */
export const MAX_HEAD_BYTES = 16_384;

const latin1 = new TextDecoder("latin1");
const END = "\r\n\r\n";

/** Splits what a client has sent into the head and the bytes after it; undefined: more are needed, null: not HTTP. */
export function readHead(bytes: Uint8Array): { head: RequestHead; rest: Uint8Array } | undefined | null {
  const text = latin1.decode(bytes.subarray(0, MAX_HEAD_BYTES + END.length));
  const end = text.indexOf(END);
  if (end < 0) return bytes.length > MAX_HEAD_BYTES ? null : undefined;
  const head = parseHead(text.slice(0, end));
  return head ? { head, rest: bytes.subarray(end + END.length) } : null;
}

/** Undefined when the text is not a head. Spec: RFC 9112, sections 3 and 5. */
export function parseHead(text: string): RequestHead | undefined {
  const [first = "", ...lines] = text.split("\r\n");
  const request = /^([A-Z]+) (\S+) HTTP\/1\.[01]$/.exec(first);
  if (!request) return undefined;
  const headers = new Map<string, string>();
  for (const line of lines) {
    // A lone CR or LF would end a line of our response if the value were echoed. Spec: RFC 9110, section 5.5.
    const field = /^([\w!#$%&'*+.^`|~-]+):([^\r\n\0]*)$/.exec(line);
    if (!field) return undefined;
    const name = field[1]!.toLowerCase();
    const value = field[2]!.trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return { method: request[1]!, target: request[2]!, headers };
}

/** Whether a header with a list of tokens, such as `Connection`, has the token. */
export function hasToken(header: string | undefined, token: string): boolean {
  return (header ?? "").split(",").some((item) => item.trim().toLowerCase() === token);
}

const REASONS: Readonly<Record<number, string>> = {
  101: "Switching Protocols",
  200: "OK",
  204: "No Content",
  400: "Bad Request",
  403: "Forbidden",
  405: "Method Not Allowed",
  426: "Upgrade Required",
};

/** The arguments of {@link response}. */
export type HttpResponse = Parameters<typeof response>;

/** A response; `headers` whose value is undefined are left out. `toHead`, for HEAD: the body is measured, not sent. */
export function response(
  status: number,
  headers: Readonly<Record<string, string | undefined>> = {},
  body = "",
  toHead = false,
): Uint8Array {
  const encoder = new TextEncoder();
  const all = {
    ...headers,
    ...(status !== 101 && {
      Connection: "close",
      "Content-Length": status === 204 ? undefined : encoder.encode(body).length,
    }),
  };
  const lines = Object.entries(all).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}: ${value}`],
  );
  const head = [`HTTP/1.1 ${status} ${REASONS[status]}`, ...lines, "", ""].join("\r\n");
  return encoder.encode(toHead ? head : head + body);
}
