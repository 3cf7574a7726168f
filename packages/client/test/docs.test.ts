// The configuration page lists every option and no other.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { OPTIONS, TLS_OPTIONS } from "../src/config.ts";
import type { Checks } from "../src/validate.ts";

const page = readFileSync(join(import.meta.dirname, "../docs/configuration.md"), "utf8");
const names = (checks: Checks, prefix = ""): string[] =>
  Object.entries(checks).flatMap(([name, check]) =>
    typeof check === "object" ? names(check, `${prefix}${name}.`) : [`${prefix}${name}`],
  );

test("configuration.md has a line for each option", () => {
  const told = [...page.matchAll(/^\| `([\w.]+)` *\|/gm)].map(([, name]) => name!);
  const known = [...names(OPTIONS).filter((name) => name !== "tls"), ...names(TLS_OPTIONS, "tls.")];
  expect(told.toSorted()).toEqual(known.toSorted());
});
