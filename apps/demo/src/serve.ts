// `--serve`: keeps serving until somebody says stop, and tells how to connect.
import { serveEmbedded } from "./embedded.ts";
import type { Login, Options } from "./options.ts";

const DEFAULT_PORT = 7687;
/** What runs may finish, in milliseconds. */
const GRACE_MS = 5000;

/** Serves until the signal fires. Throws Error with one clear line when it cannot begin. */
export async function serve(
  options: Options,
  write: (text: string) => void,
  signal: AbortSignal,
): Promise<void> {
  const { login, data } = options;
  const embedded = await serveEmbedded({
    login,
    data,
    port: options.port ?? DEFAULT_PORT,
    bothLoopbacks: true,
  });
  write(invitation(embedded.port, login, data));
  await aborted(signal);
  write("closing\n");
  await embedded.close(GRACE_MS);
}

/** How the usual clients connect. The password is named, never shown. */
function invitation(port: number, login: Login | undefined, data: string | undefined): string {
  const uri = `bolt://localhost:${port}`;
  const user = login?.user ?? "neo4j";
  const secret = login ? "…" : "anything";
  return `
Serving an embedded Grafeo database at ${uri}
  data   ${data === undefined ? "in memory, gone when this stops (--data DIR keeps them)" : `in ${data}`}
  login  ${login ? `${login.user} with the password that you gave` : "everybody is let in (-u and -p change that); this machine only"}

How to connect:
  cypher-shell    cypher-shell -a ${uri} -u ${user} -p ${secret}
  Neo4j Browser   connect URL ${uri}
  this demo       pnpm demo --uri ${uri} -u ${user} -p ${secret}
  JavaScript      neo4j.driver("${uri}", neo4j.auth.basic("${user}", "${secret}"))
  Python          GraphDatabase.driver("${uri}", auth=("${user}", "${secret}"))
  Java            GraphDatabase.driver("${uri}", AuthTokens.basic("${user}", "${secret}"))
  Go              neo4j.NewDriver("${uri}", neo4j.BasicAuth("${user}", "${secret}", ""))
  neo4j:// works as well as bolt://.

Ctrl-C stops it.
`;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
