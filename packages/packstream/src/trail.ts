// Where in a value an error happened. The path is collected while the error passes up, so that it costs nothing as long
// as there is no error. Knows objects and the steps into them; must not know bytes.
import { PackError } from "./errors.ts";

/** The path of one error at a time. */
export class Trail {
  #error: unknown;
  /** The objects that the error has left, innermost first, each with the step from it to where the error came from. */
  #steps: [step: string, owner: object][] = [];

  /** Records that `error` leaves `owner`; it happened at `step` of that object. */
  passing(error: unknown, step: string, owner: object): unknown {
    if (error !== this.#error) this.#steps = [];
    this.#error = error;
    this.#steps.push([step, owner]);
    return error;
  }

  /** The error for the caller; a `PackError` gets its path. Forgets the steps and the objects. */
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

/** The step to an entry, as JavaScript source: `.name` or `["a key"]`. */
export function stepTo(key: string): string {
  return /^[a-z_$][\w$]*$/i.test(key) ? `.${key}` : `[${JSON.stringify(key)}]`;
}
