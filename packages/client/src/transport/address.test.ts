import { expect, test } from "vitest";
import { Address, parseAddress } from "./address.ts";

test.each([
  ["h", "h:7687"],
  ["h:1", "h:1"],
  ["[::1]", "[::1]:7687"],
  ["[::1]:5", "[::1]:5"],
  ["::1", "[::1]:7687"],
  ["10.0.0.1:7687", "10.0.0.1:7687"],
  ["core-1.cluster.local:7687", "core-1.cluster.local:7687"],
])("%s is %s", (text, printed) => {
  const address = parseAddress(text);
  expect(String(address)).toBe(printed);
  expect(JSON.stringify(address)).toBe(JSON.stringify(printed));
});

test.each(["", ":1", "h:-1", "h:1:2", "a/b", "a@b", "[x]", "[::1]x"])("%s is not an address", (text) => {
  expect(parseAddress(text)).toBeTypeOf("string");
});

test("a unix socket prints as its path", () => {
  expect(String(new Address("", 0, "/tmp/x"))).toBe("/tmp/x");
});
