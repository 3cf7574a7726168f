// The attacked server as its attackers see it: where it listens, its figures, and whether it is alive.
import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { setTimeout as sleep } from "node:timers/promises";
import type { Figures } from "./victim.ts";

export class Target implements AsyncDisposable {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number) {
    this.#child = child;
    this.port = port;
  }

  static async start(): Promise<Target> {
    const child = fork(new URL("victim.ts", import.meta.url), {
      execArgv: ["--conditions=@bolt/source", "--expose-gc"],
    });
    const [port] = (await once(child, "message")) as [number];
    return new Target(child, port);
  }

  get isAlive(): boolean {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async figures(): Promise<Figures> {
    if (!this.isAlive) throw new Error("the server has crashed");
    const answer = once(this.#child, "message");
    this.#child.send("figures");
    return ((await answer) as [Figures])[0];
  }

  /** Waits until everything of the attacker is gone, at most ten seconds. Returns the figures then. */
  async calm(connections = 0): Promise<Figures> {
    for (let tries = 0; ; tries++) {
      const figures = await this.figures();
      if (figures.connections <= connections || tries === 100) return figures;
      await sleep(100);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const gone = this.isAlive && once(this.#child, "exit");
    this.#child.disconnect();
    await gone;
  }
}
