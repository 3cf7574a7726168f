/**
 * Where in a value an error happened, put together while it passes up: nothing is spent on paths as long as all is well.
 * Knows objects and steps into them; must not know bytes.
 */
import { PackError } from "./errors.ts";

/** The way up of one error at a time. */
export class Trail {
  #error: unknown;
  /** What the error left: objects, and the step into each that it came from. */
  #steps: [step: string, owner: object][] = [];

  /** The error leaves `owner`, which it entered by `step`. */
  passing(error: unknown, step: string, owner: object): unknown {
    if (error !== this.#error) this.#steps = [];
    this.#error = error;
    this.#steps.push([step, owner]);
    return error;
  }

  /** The error for the caller, with its place if it is one of ours. The way is forgotten, and the objects on it. */
  located(error: unknown): unknown {
    const steps = error === this.#error ? this.#steps : [];
    this.#error = undefined;
    this.#steps = [];
    if (!(error instanceof PackError)) return error;
    let { reason } = error;
    let path = "$";
    const owners = new Set<object>();
    for (const [step, owner] of steps.toReversed()) {
      if (owners.has(owner)) {
        reason = "cannot pack a cycle";
        break;
      }
      owners.add(owner);
      path += step;
    }
    return new PackError(reason, path + error.path.slice(1), error);
  }
}

/** The step to an entry, as one writes it in JavaScript. */
export function stepTo(key: string): string {
  return /^[a-z_$][\w$]*$/i.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
