// TCP, TLS and unix sockets of Node (Deno and Bun have them too). The only file of this package that
// imports `node:*`; the browser build has websocket-transport.ts in its place. Knows nothing of Bolt.
import { once } from "node:events";
import { connect as connectTcp, isIP, type Socket, type TcpNetConnectOpts } from "node:net";
import type { ConnectionOptions, TLSSocket } from "node:tls";
import { BoltError } from "@bolt/protocol";
import { onceAborted } from "../abort.ts";
import { ConfigError, ServiceUnavailableError, abortError, messageOf, TlsError } from "../errors.ts";
import { fromNodeStream } from "./adapters.ts";
import type { Address } from "./address.ts";
import { checkCertificate, type ServerCertificate, type TlsSettings } from "./tls.ts";
import type { DialOptions, DuplexLike } from "./transport.ts";
import { dial as dialWebSocket } from "./websocket-transport.ts";

/** The size that Node itself uses for a read. */
const READ_BUFFER_BYTES = 65536;

/** All sockets of this thread read into this buffer; no byte of it is kept after the callback. */
let sharedBuffer: Uint8Array | undefined;

/**
 * Node fills a socket's buffer and calls back in one step, on every platform, so all sockets share one buffer and an
 * idle connection holds none. Other runtimes may fill it first and call back later: there each socket has its own.
 */
function readBuffer(): Uint8Array {
  const { navigator } = globalThis as { navigator?: { userAgent?: string } };
  // Node 20 has no navigator yet; every other runtime has one that names the runtime.
  if (!(navigator?.userAgent ?? "Node.js").startsWith("Node.js")) return new Uint8Array(READ_BUFFER_BYTES);
  return (sharedBuffer ??= new Uint8Array(READ_BUFFER_BYTES));
}

/** The kernel probes idle connections, so that middleboxes do not drop them. */
const KEEP_ALIVE_MS = 30_000;

/** How long a closing socket may take to send what was written and to see the server close, before it is destroyed. */
const LINGER_MS = 2_000;

/**
 * The default `dial`. Resolves names anew for each connection (Node caches none) and tries all addresses of a name,
 * IPv6 and IPv4 in turn ("happy eyeballs").
 */
export async function dial(address: Address, options: DialOptions): Promise<DuplexLike> {
  if (options.webSocket) return dialWebSocket(address, options);
  const { tls, signal } = options;
  const server = address.toString();
  const { host, port, path } = address;
  const target: TcpNetConnectOpts & ConnectionOptions = {
    host,
    port,
    path,
    autoSelectFamily: true,
    onread: {
      buffer: readBuffer(),
      callback: (count, buffer) => {
        channel.received(buffer.subarray(0, count));
        return true;
      },
    },
    ...(options.lookup && { lookup: lookupWith(options.lookup) }),
  };
  const secure = tls && (await tlsOptions(address, tls));
  // Loading TLS takes as long as loading everything else, so plain connections do without.
  const connectTls = secure && (await import("node:tls")).connect;
  // The signal may have fired while the certificate provider ran.
  if (signal.aborted) throw abortError(signal, "connecting", server);
  const socket: Socket = connectTls ? secured(connectTls, { ...secure, ...target }) : connectTcp(target);
  socket.setNoDelay(true);
  socket.setKeepAlive(true, KEEP_ALIVE_MS);
  const channel = fromNodeStream(socket, () => linger(socket));
  const unlisten = onceAborted(signal, () => socket.destroy());
  try {
    await once(socket, secure ? "secureConnect" : "connect", { signal });
    if (tls?.pin) await checkPin(tls.pin, (socket as TLSSocket).getPeerCertificate(), server);
    signal.throwIfAborted();
    return channel;
  } catch (error) {
    socket.destroy();
    if (signal.aborted) throw abortError(signal, "connecting", server);
    throw error instanceof BoltError ? error : explain(error, server, secure !== undefined);
  } finally {
    unlisten();
  }
}

/** Only `true` accepts: untyped callbacks may return anything. A callback that throws refuses, too. */
async function checkPin(
  pin: NonNullable<TlsSettings["pin"]>,
  certificate: ServerCertificate,
  server: string,
): Promise<void> {
  let cause: unknown;
  try {
    const pinned: unknown = await pin(certificate);
    if (pinned === true) return;
  } catch (error) {
    cause = error;
  }
  throw new TlsError(`the certificate of ${server} was refused by tls.pin`, { server, cause });
}

type ConnectTls = (options: ConnectionOptions) => TLSSocket;

/** Connects; unusable keys, certificates and ciphers throw here, before any network traffic. */
function secured(connect: ConnectTls, options: ConnectionOptions): TLSSocket {
  try {
    return connect(options);
  } catch (cause) {
    throw new ConfigError(`"tls" cannot be used: ${messageOf(cause)}`, { cause });
  }
}

/**
 * Ends a socket, but does not destroy it right after the last write: a late answer (to RESET, say) would meet a TCP
 * reset, which costs the server the GOODBYE and puts an error in its log. Does not keep the process alive.
 */
function linger(socket: Socket): void {
  if (socket.destroyed) return;
  socket.end(() => void socket.unref());
  socket.resume();
  const timer = setTimeout(() => socket.destroy(), LINGER_MS);
  timer.unref();
  socket.once("close", () => clearTimeout(timer));
}

async function tlsOptions(address: Address, settings: TlsSettings): Promise<ConnectionOptions> {
  const { verify, ca, clientCertificate, serverName, options } = settings;
  const own = typeof clientCertificate === "function" ? await clientCertificate() : clientCertificate;
  if (clientCertificate) checkCertificate(own);
  const name = serverName ?? address.host;
  return {
    ...options,
    rejectUnauthorized: verify,
    // SNI must not carry an IP address; verification still compares the host.
    ...(isIP(name) === 0 && name !== "" && { servername: name }),
    ...(ca !== undefined && { ca: ca as string | Buffer[] }),
    ...(own && { cert: own.cert as string, key: own.key as string }),
    ...(own?.passphrase !== undefined && { passphrase: own.passphrase }),
  };
}

type Lookup = NonNullable<TcpNetConnectOpts["lookup"]>;

function lookupWith(resolve: (host: string) => Promise<readonly string[]>): Lookup {
  return (host, options, callback) => {
    const settle = (found: readonly string[]): void => {
      const wrong = found.length === 0 ? "nothing" : found.find((address) => isIP(address) === 0);
      if (wrong !== undefined)
        return fail(new Error(`the lookup of "${host}" gave ${wrong}, expected IP addresses`));
      const all = found.map((address) => ({ address, family: isIP(address) }));
      if (options.all) callback(null, all);
      else callback(null, all[0]!.address, all[0]!.family);
    };
    const fail = (error: Error): void => callback(error, []);
    // In an async function, a lookup that throws or returns no promise is handled like any other.
    (async () => [(await resolve(host)) ?? []].flat())().then(settle, fail);
  };
}

const REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: "nothing listens there",
  ENOTFOUND: "the host name is not known",
  EAI_AGAIN: "the name server does not answer",
  ENOENT: "there is no such socket",
  EACCES: "access to the socket is denied",
  EHOSTUNREACH: "no route to the host",
  ENETUNREACH: "no route to the network",
  ETIMEDOUT: "the host does not answer",
  // Recognized by its message: its code is that of any connection that is cut.
  CUT: "the server closed the connection when TLS began; is it a plain bolt:// or neo4j:// port?",
};

/** Failures of TLS and certificates, with what to do about them. */
const TLS_REASONS: readonly (readonly [RegExp, string])[] = [
  [
    /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG/,
    "the server does not speak TLS there; is it a plain bolt:// or neo4j:// port?",
  ],
  [
    /SELF_SIGNED|UNABLE_TO_(GET_ISSUER|VERIFY)/,
    "the certificate's authority is not known here; give tls.ca, or use +ssc to trust any",
  ],
  [/ALTNAME/, "the certificate is for another host name"],
  [/EXPIRED/, "the certificate has expired"],
  [/UNSUPPORTED_PROTOCOL|PROTOCOL_VERSION|HANDSHAKE_FAILURE/, "no common version or cipher of TLS"],
  [/CERTIFICATE_REQUIRED|BAD_CERTIFICATE|UNKNOWN_CA/, "the server does not accept our certificate"],
];

function explain(error: unknown, server: string, secure: boolean): BoltError {
  const { code = "" } = Object(error) as NodeJS.ErrnoException;
  const message = messageOf(error);
  const facts = { server, cause: error };
  const prefix = `cannot connect to ${server}: `;
  const cut = secure && /before secure TLS connection/.test(message);
  const told = REASONS[cut ? "CUT" : code];
  if (told !== undefined) return new ServiceUnavailableError(`${prefix}${told} (${code})`, facts);
  if (secure && (/CERT|SSL|TLS|EPROTO|ISSUER/.test(code) || /certificate/.test(message))) {
    const why = TLS_REASONS.find(
      ([pattern]) => pattern.test(code) || pattern.test(message.toUpperCase().replace(/ /g, "_")),
    );
    return new TlsError(`${prefix}${why ? `${why[1]} ` : ""}(${code || message})`, facts);
  }
  return new ServiceUnavailableError(`${prefix}${message}`, facts);
}
