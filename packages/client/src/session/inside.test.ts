import { expect, test } from "vitest";
import { inside, isInside, scopeOf } from "./inside.ts";

const owner = {};
const other = {};

/** Whether a call is inside `owner`: before and after an `await`. */
const look = async (): Promise<boolean[]> => {
  const before = isInside(owner);
  await Promise.resolve();
  return [before, isInside(owner), isInside({})];
};

test("calls inside are recognized across other work in between, and only those", async () => {
  const [within, around, beside] = await Promise.all([
    inside(owner, look, undefined),
    inside(owner, () => inside(other, look, undefined), undefined),
    inside(other, look, undefined),
  ]);
  expect(within).toEqual([true, true, false]);
  expect(around).toEqual([true, true, false]);
  expect(beside).toEqual([false, false, false]);
  expect(await look()).toEqual([false, false, false]);
});

test.each([
  [{}],
  [{ process: {} }],
  [{ process: { versions: { node: "22.12.0" }, getBuiltinModule: () => ({}) } }],
  [{ process: { versions: { node: "24.0.0" } } }],
])("are recognized only up to the first await without AsyncLocalStorage: %o", async (runtime) => {
  const scope = scopeOf(runtime);
  const store = { work: owner, outer: undefined };
  const work = async (input: number): Promise<unknown[]> => {
    const before = scope.getStore();
    await Promise.resolve();
    return [input, before, scope.getStore()];
  };
  expect(await scope.run(store, work, 7)).toEqual([7, store, undefined]);
  const thrown = (): never => {
    throw new RangeError("thrown");
  };
  expect(() => scope.run(store, thrown, 0)).toThrow("thrown");
  expect(scope.getStore()).toBeUndefined();
});
