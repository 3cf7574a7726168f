// Whether code runs inside the work function of a session's managed transaction: there, a call on the same session
// would wait for its own end. Knows asynchronous calls, no sessions.

/** The part of a runtime's AsyncLocalStorage that is used. */
interface Scope {
  run<In, Out>(store: Inside, work: (input: In) => Out, input: In): Out;
  getStore(): Inside | undefined;
}

/** Nested pieces of work, the innermost first. */
interface Inside {
  readonly work: object;
  readonly outer: Inside | undefined;
}

/** For runtimes that cannot follow asynchronous calls: works up to the first `await`. */
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

/** Before Node 24, following asynchronous calls slows down every promise of the program: too high a price. */
const CHEAP_SINCE = 24;

/** Chooses what a runtime offers. Exported for tests. */
export function scopeOf({ process }: Runtime): Scope {
  if (!(Number.parseInt(process?.versions?.node ?? "") >= CHEAP_SINCE)) return new CallScope();
  const Storage = process?.getBuiltinModule?.("node:async_hooks")?.AsyncLocalStorage;
  return Storage ? new Storage() : new CallScope();
}

let scope: Scope | undefined;

/** Calls `work`; everything it calls, now or later, is inside `owner`. */
export function inside<In, Out>(owner: object, work: (input: In) => Out, input: In): Out {
  scope ??= scopeOf(globalThis);
  return scope.run({ work: owner, outer: scope.getStore() }, work, input);
}

/** Whether the current call comes from inside `owner`. */
export function isInside(owner: object): boolean {
  for (let store = scope?.getStore(); store; store = store.outer) if (store.work === owner) return true;
  return false;
}
