import { expect, test, vi } from "vitest";
import { guarded } from "./guarded.ts";

test("a listener's error is the program's, not the caller's", () => {
  const queue = vi.spyOn(globalThis, "queueMicrotask").mockReturnValue(undefined);
  const listener = guarded((text: string, count: number) => {
    throw new RangeError(text.repeat(count));
  });
  listener("a", 2);
  const [[task]] = queue.mock.calls as [[() => void]];
  queue.mockRestore();
  expect(task).toThrow(new RangeError("aa"));
});
