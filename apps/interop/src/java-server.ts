/**
 * Somebody else's server in a Java process: where it lives, when it is ready, how it is stopped. Knows nothing of what
 * it serves.
 *
 * No server outlives us: the Java programs of the folder `java/` stop when their standard input ends, and that happens
 * however this process dies. A home folder that was left behind is removed by the next start.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cacheFolder } from "./cache.ts";
import type { Jdk } from "./jdk.ts";

export interface JavaProgram {
  readonly jdk: Jdk;
  /** Memory, switches, `-D`. */
  readonly options: readonly string[];
  readonly classPath: string;
  /** A file of the folder `java/`, run from source. It prints "ready" and is given `home` as its one argument. */
  readonly main: string;
  /** Made by `makeHome`; removed when the program has ended. */
  readonly home: string;
  readonly timeoutMs: number;
}

export interface JavaServer {
  readonly pid: number;
  /** From the start of the JVM until it was ready. */
  readonly startMs: number;
  /** Resolves when it has ended, for whatever reason. */
  readonly ended: Promise<void>;
  /** Ends it and removes its home. May be called again; the promise is the same. */
  stop(): Promise<void>;
}

/** @throws Error with the last words of a program that did not start. */
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

/** A new folder for a server called "product-version". The process id in the name says whose home it is, so that the next start can sweep up after the dead. */
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
    return error instanceof Error && "code" in error && error.code === "EPERM"; // somebody else's, but alive
  }
}

function removeFolder(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  } catch {
    // A dying JVM may still be writing there: the next start tries again.
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
    // Stays attached after that too: a full pipe would halt the database.
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

/** Asks politely by ending its input; kills what has not ended after a while. */
function stopper(child: ChildProcess, ended: Promise<void>, home: string): () => Promise<void> {
  child.stdin?.on("error", () => {}); // it died by itself
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
