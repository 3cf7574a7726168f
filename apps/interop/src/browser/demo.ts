/** `demo --serve` as a process of its own, as somebody would start it. Knows how to start and stop it. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { freePort } from "../neo4j.ts";

export interface Demo extends AsyncDisposable {
  readonly port: number;
}

/** Starts it over an embedded database in memory, open to everybody on this machine. */
export async function startDemo(): Promise<Demo> {
  const port = await freePort();
  const main = join(import.meta.dirname, "..", "..", "..", "demo", "src", "main.ts");
  const child = spawn(
    process.execPath,
    ["--conditions=@bolt/source", main, "--serve", "--port", String(port)],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let said = "";
  await new Promise<void>((resolve, reject) => {
    const listen = (text: Buffer): void => {
      said += String(text);
      if (said.includes("Serving")) resolve();
    };
    child.stdout.on("data", listen);
    child.stderr.on("data", listen);
    child.once("exit", () => reject(new Error(`the demo did not start: ${said}`)));
  });
  return {
    port,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null) return;
      const gone = once(child, "exit");
      child.kill("SIGTERM");
      await gone;
    },
  };
}
