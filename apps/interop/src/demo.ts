// `demo --serve` as a separate process, started the way a user would. Knows how to start and stop it.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./cache.ts";
import { createAuthority } from "./certificates.ts";
import { freePort } from "./neo4j.ts";

export interface DemoOptions {
  /** The server to be a gateway for. Default: the embedded database in memory. */
  readonly uri?: string;
  /** The login to accept; a gateway leaves that to the other server. Default: anyone on this machine. */
  readonly login?: { readonly user: string; readonly password: string };
  /** Serve TLS, with a certificate for localhost from our own authority. */
  readonly tls?: boolean;
}

export interface Demo extends AsyncDisposable {
  readonly port: number;
  /** bolt://127.0.0.1:54321, or bolt+s://localhost:54321 with TLS. */
  readonly uri: string;
  /** Certificate of the authority to trust, PEM. Only with TLS. */
  readonly ca?: string;
}

const MAIN = join(import.meta.dirname, "..", "..", "demo", "src", "main.ts");

export async function startDemo({ uri, login, tls = false }: DemoOptions = {}): Promise<Demo> {
  const port = await freePort();
  const secure = tls ? certificateFiles() : undefined;
  const args = [
    "--serve",
    "--port",
    String(port),
    ...(uri === undefined ? [] : ["--uri", uri]),
    ...(login ? ["-u", login.user] : []),
    ...(secure?.args ?? []),
  ];
  const child = spawn(process.execPath, ["--conditions=@bolt/source", MAIN, ...args], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1", ...(login && { BOLT_PASSWORD: login.password }) },
  });
  let said = "";
  await new Promise<void>((resolve, reject) => {
    const listen = (text: Buffer): void => {
      said = (said + String(text)).slice(-4000);
      if (said.includes("Serving")) resolve();
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    child.once("exit", () => reject(new Error(`the demo did not start: ${said}`)));
  });
  const stop = (): void => void child.kill();
  process.once("exit", stop);
  return {
    port,
    uri: tls ? `bolt+s://localhost:${port}` : `bolt://127.0.0.1:${port}`,
    ...(secure && { ca: secure.ca }),
    async [Symbol.asyncDispose]() {
      process.off("exit", stop);
      secure?.remove();
      if (child.exitCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
    },
  };
}

function certificateFiles(): { args: string[]; ca: string; remove: () => void } {
  const folder = mkdtempSync(join(cacheFolder("ca"), "demo-"));
  const authority = createAuthority();
  const { key, cert } = authority.issue(["localhost", "127.0.0.1", "::1"]);
  const files = { cert: join(folder, "cert.pem"), key: join(folder, "key.pem") };
  writeFileSync(files.cert, cert);
  writeFileSync(files.key, key, { mode: 0o600 });
  return {
    args: ["--cert", files.cert, "--key", files.key],
    ca: authority.ca,
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
