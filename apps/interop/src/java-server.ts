// Runs another project's server in a Java process: its home folder, when it is ready, how it is stopped. Knows nothing
// of what it serves.
//
// No server outlives this process: the Java programs in the folder `java/` stop when their standard input ends, which
// happens however this process dies. The next start removes home folders left behind.
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./cache.ts";
import type { Jdk } from "./jdk.ts";

export interface JavaProgram {
  readonly jdk: Jdk;
  /** JVM options: memory, switches, `-D`. */
  readonly options: readonly string[];
  readonly classPath: string;
  /** A file in the folder `java/`, run from source. Its one argument is `home`; it prints "ready". */
  readonly main: string;
  /** A folder from `makeHome`; removed when the program has ended. */
  readonly home: string;
  readonly timeoutMs: number;
}

export interface JavaServer {
  readonly pid: number;
  /** Time from the start of the JVM until it was ready. */
  readonly startMs: number;
  /** Resolves when it has ended, for any reason. */
  readonly ended: Promise<void>;
  /** Ends it and removes its home. Further calls return the same promise. */
  stop(): Promise<void>;
}

/** Starts the program. @throws Error with the last output of a program that did not start. */
export async function startJava(name: string, program: JavaProgram): Promise<JavaServer> {
  const { jdk, options, classPath, home } = program;
  const begin = performance.now();
  const main = join(import.meta.dirname, "..", "java", program.main);
  const child = spawn(jdk.java, [...options, "-cp", classPath, main, home], { stdio: "pipe", cwd: home });
  const ended = endOf(child);
  const stop = stopper(child, ended, home);
  try {
    await untilReady(child, program.timeoutMs);
  } catch (cause) {
    await stop();
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`${name} did not start: ${why}`, { cause });
  }
  return { pid: child.pid ?? -1, startMs: performance.now() - begin, ended, stop };
}

/**
 * Makes a new folder for a server called "product-version". The process id in its name lets the next start remove the
 * folders of processes that have died.
 */
export function makeHome(name: string): string {
  const homes = cacheFolder("running");
  for (const old of readdirSync(homes)) {
    const pid = Number(/^[a-z\d]+-[\d.]+-(\d+)-/.exec(old)?.[1]);
    if (pid && !isRunning(pid)) removeFolder(join(homes, old));
  }
  return mkdtempSync(join(homes, `${name}-${process.pid}-`));
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && "code" in error && error.code === "EPERM"; // another user's process, but alive
  }
}

function removeFolder(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    // A dying JVM may still write there: the next start tries again.
  }
}

function untilReady(child: ChildProcess, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    let said = "";
    const fail = (why: string) => {
      clearTimeout(timer);
      const lines = said.trim().split("\n");
      const causes = lines.filter((line) => /^(Exception|Caused by|Error|error:)/.test(line));
      reject(new Error([why, ...(causes.length > 0 ? causes : lines.slice(-12))].join("\n  ")));
    };
    const timer = setTimeout(() => fail(`not ready after ${timeoutMs} ms`), timeoutMs);
    const listen = (text: string) => {
      said = (said + text).slice(-20_000);
      if (!/^ready\r?$/m.test(said)) return;
      clearTimeout(timer);
      resolve();
    };
    // Keeps reading afterwards: a full pipe would halt the database.
    child.stdout?.setEncoding("utf8").on("data", listen);
    child.stderr?.setEncoding("utf8").on("data", listen);
    child.once("error", (error) => fail(error.message));
    child.once("exit", (code, signal) => fail(`it ended with ${signal ?? `exit code ${code}`}`));
  });
}

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    child.once("error", () => resolve());
  });
}

/** Ends the program by ending its input; kills it if it has not ended after a while. */
function stopper(child: ChildProcess, ended: Promise<void>, home: string): () => Promise<void> {
  child.stdin?.on("error", () => {}); // it has already died
  let stopping: Promise<void> | undefined;
  return () => {
    stopping ??= (async () => {
      child.stdin?.end();
      const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
      await ended;
      clearTimeout(timer);
      removeFolder(home);
    })();
    return stopping;
  };
}
