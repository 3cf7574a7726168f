// State of one TestKit connection, that is of one test: its objects by id, its callbacks, its clock.
import { TestClock } from "./clock.ts";
import type { Message } from "./lines.ts";

/** The fields of a request or of an answer. */
export type Data = Readonly<Record<string, unknown>>;

/** Serves one kind of request; returns undefined when other code sends the answer. */
export type Handler = (data: Data, context: Context) => Message | undefined | Promise<Message | undefined>;

/** Handlers by the names of their requests. */
export type Handlers = Readonly<Record<string, Handler>>;

/** Anything allowed on the right of `instanceof`. */
type Class<T> = abstract new (...args: never[]) => T;

export class Context {
  readonly clock: TestClock = new TestClock();
  /** Sends an answer or a callback. */
  readonly send: (message: Message) => void;
  readonly #objects: Map<number, object> = new Map();
  readonly #callbacks: Map<number, (data: Data) => void> = new Map();
  #lastId = 0;

  constructor(send: (message: Message) => void) {
    this.send = send;
  }

  /** Stores an object and returns its id. */
  keep(object: object): number {
    this.#objects.set(++this.#lastId, object);
    return this.#lastId;
  }

  /** Returns what keep() stored. Throws when there is nothing, or an object of another kind. */
  get<T>(id: unknown, kind: Class<T>): T {
    const object = this.#objects.get(Number(id));
    if (object instanceof kind) return object;
    throw new TypeError(`there is no ${kind.name} with id ${String(id)}`);
  }

  forget(id: unknown): void {
    this.#objects.delete(Number(id));
  }

  /** Returns all objects of one kind. */
  all<T>(kind: Class<T>): T[] {
    return [...this.#objects.values()].filter((object): object is object & T => object instanceof kind);
  }

  /** Sends a callback to TestKit while a request is being served; resolves with its answer. */
  ask(name: string, data: Data): Promise<Data> {
    const id = ++this.#lastId;
    return new Promise((resolve) => {
      this.#callbacks.set(id, resolve);
      this.send({ name, data: { id, ...data } });
    });
  }

  /** Passes on TestKit's answer to ask(). */
  answered(data: Data): void {
    const id = Number(data["requestId"]);
    this.#callbacks.get(id)?.(data);
    this.#callbacks.delete(id);
  }
}

/** Makes an answer. */
export const answer = (name: string, data: Data = {}): Message => ({ name, data });

/** Drops fields that are null or undefined: TestKit sends null where it has no value. */
export function given<T extends object>(settings: { [key in keyof T]: T[key] | null | undefined }): T {
  return Object.fromEntries(
    Object.entries(settings).filter(([, value]) => value !== null && value !== undefined),
  ) as T;
}
