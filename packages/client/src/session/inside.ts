// Whether code runs inside of the work that a session has handed its transaction to: there a call on the same session would
// wait for its own end. Knows asynchronous calls, no sessions.

/** As much of a runtime's AsyncLocalStorage as is used. */
interface Scope {
  run<In, Out>(store: Inside, work: (input: In) => Out, input: In): Out;
  getStore(): Inside | undefined;
}

/** Pieces of work, the innermost first. */
interface Inside {
  readonly work: object;
  readonly outer: Inside | undefined;
}

/** For runtimes that cannot follow asynchronous calls: sees as far as the first `await`. */
class CallScope implements Scope {
  #store: Inside | undefined;

  run<In, Out>(store: Inside, work: (input: In) => Out, input: In): Out {
    const before = this.#store;
    this.#store = store;
    try {
      return work(input);
    } finally {
      this.#store = before;
    }
  }

  getStore(): Inside | undefined {
    return this.#store;
  }
}

interface Runtime {
  process?: {
    versions?: { node?: string };
    getBuiltinModule?(name: string): { AsyncLocalStorage?: new () => Scope } | undefined;
  };
}

/** Before Node 24 following asynchronous calls slows every promise of the program down, which is not ours to decide. */
const FREE_OF_CHARGE = 24;

/** Exported for tests: what a runtime has to offer. */
export function scopeOf({ process }: Runtime): Scope {
  if (!(Number.parseInt(process?.versions?.node ?? "") >= FREE_OF_CHARGE)) return new CallScope();
  const Storage = process?.getBuiltinModule?.("node:async_hooks")?.AsyncLocalStorage;
  return Storage ? new Storage() : new CallScope();
}

let scope: Scope | undefined;

/** Calls `work`; whatever it calls, now or later, is inside of `owner`. */
export function inside<In, Out>(owner: object, work: (input: In) => Out, input: In): Out {
  scope ??= scopeOf(globalThis);
  return scope.run({ work: owner, outer: scope.getStore() }, work, input);
}

/** Whether this call comes from inside of `owner`. */
export function isInside(owner: object): boolean {
  for (let store = scope?.getStore(); store; store = store.outer) if (store.work === owner) return true;
  return false;
}
