// `--serve`: prints how to connect and serves until it is stopped: the embedded database, or with `--uri` another
// server.
import { type LoadedCertificate, readCertificate } from "./certificate.ts";
import { serveEmbedded } from "./embedded.ts";
import { serveGateway } from "./gateway.ts";
import { howToConnect } from "./invitation.ts";
import type { Options } from "./options.ts";

const DEFAULT_PORT = 7687;
/** How long running queries may take to finish. */
const GRACE_MS = 5000;

/** Something that is being served. */
export interface Serving {
  readonly port: number;
  close(graceMs?: number): Promise<void>;
}

/** Serves until the signal fires. Throws Error with one clear line if it cannot start. */
export async function serve(
  options: Options,
  write: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { login, data, uri } = options;
  const port = options.port ?? DEFAULT_PORT;
  const tls = options.tls && readCertificate(options.tls);
  let served: Serving;
  if (uri === undefined) {
    served = await serveEmbedded({ login, data, port, tls, bothLoopbacks: true });
    write(embeddedInvitation(uriOf(served, tls), options));
  } else {
    const gateway = await serveGateway({ uri, login, port, tls, signal });
    served = gateway;
    write(gatewayInvitation(uriOf(served, tls), uri, gateway.agent, options));
  }
  await aborted(signal);
  write("closing\n");
  await served.close(GRACE_MS);
}

function uriOf({ port }: Serving, tls: LoadedCertificate | undefined): string {
  const security = tls ? (tls.selfSigned ? "+ssc" : "+s") : "";
  return `bolt${security}://localhost:${port}`;
}

function embeddedInvitation(at: string, { login, data }: Options): string {
  return `
Serving an embedded Grafeo database at ${at}
  data   ${data === undefined ? "in memory, lost when this stops (--data DIR keeps it)" : `in ${data}`}
  login  ${login ? `${login.user} with the password that you gave` : "any login is accepted (-u and -p change that); this machine only"}

${howToConnect(at, login?.user ?? "neo4j", login ? "…" : "anything")}`;
}

function gatewayInvitation(at: string, uri: string, agent: string | undefined, { login }: Options): string {
  return `
Serving ${uri}${agent ? ` (${agent})` : ""} at ${at}
  login  the users and passwords of that server; this machine only

${howToConnect(at, login?.user ?? "neo4j", "…")}`;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
