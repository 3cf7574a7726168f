// A measured process, seen from its parent. Knows how to start one and how to call it.
import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Call, Reply } from "./worker.ts";

/** How children are started. */
export interface Runtime {
  /** Path of the Node binary. */
  readonly node: string;
  /** Its version, without `v`. */
  readonly version: string;
  /** Directory for the CPU profiles of all children; undefined writes none. */
  readonly profiles?: string | undefined;
}

interface Waiting {
  readonly resolve: (value: never) => void;
  readonly reject: (error: Error) => void;
}

/** Children that are still running; Ctrl-C must not leave them behind. */
const living = new Set<Child>();
let spent = 0;

/** CPU time of all closed children, in microseconds. */
export const spentUs = (): number => spent;

export class Child {
  readonly name: string;
  readonly #process: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  readonly #exited: Promise<void>;
  #calls = 0;

  /** @param entry path of the built file, relative to this one's directory, such as `contestants/codec.js` */
  constructor(runtime: Runtime, entry: string, name: string = entry) {
    this.name = name;
    const { node, profiles } = runtime;
    const file = builtFile(entry);
    const execArgv = ["--expose-gc"];
    if (profiles !== undefined) {
      const label = name.replaceAll(/[^\w.-]+/g, "-");
      execArgv.push("--cpu-prof", `--cpu-prof-dir=${profiles}`, `--cpu-prof-name=${label}.cpuprofile`);
    }
    this.#process = fork(file, [], { execPath: node, execArgv, serialization: "advanced" });
    this.#process.on("message", (reply: Reply) => this.#settle(reply));
    this.#exited = new Promise((resolve) => {
      this.#process.on("error", (error) => this.#gone(error.message, resolve));
      this.#process.on("exit", (code, signal) => this.#gone(`exit ${code ?? signal}`, resolve));
    });
    living.add(this);
  }

  call<T>(name: string, argument?: unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      const id = ++this.#calls;
      this.#waiting.set(id, { resolve, reject });
      const call: Call = { id, name, argument };
      this.#process.send(call, (error) => {
        if (error) this.#settle({ id, error: `${this.name} is gone` });
      });
    });
  }

  /** CPU time of all its threads so far, in microseconds. */
  async cpuUs(): Promise<number> {
    const { user, system } = await this.call<NodeJS.CpuUsage>("cpu");
    return user + system;
  }

  async close(): Promise<void> {
    if (this.#process.connected) {
      spent += await this.cpuUs();
      this.#process.disconnect();
    }
    await this.#exited;
  }

  kill(): void {
    this.#process.kill();
  }

  #settle({ id, value, error }: Reply): void {
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error === undefined) waiting?.resolve(value as never);
    else waiting?.reject(new Error(`${this.name}: ${error}`));
  }

  #gone(why: string, resolve: () => void): void {
    living.delete(this);
    for (const id of Array.from(this.#waiting.keys()))
      this.#settle({ id, error: `the process has ended (${why})` });
    resolve();
  }
}

/** Kills all children, before this process exits. */
export function killAll(): void {
  for (const child of living) child.kill();
}

/** Path of a built file of this app. */
export const builtFile = (entry: string): string => fileURLToPath(new URL(entry, import.meta.url));
