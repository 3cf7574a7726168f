// The examples of the READMEs: every block of code in the root's and in those of the packages.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { names, root } from "./packed.mjs";

const README = "README.md";

/** All of them: where each stands, as `packages/client/README.md#1`, its language, `js` or `ts`, and its text. */
export function examples() {
  return [README, ...names.map((name) => `packages/${name}/${README}`)].flatMap((path) =>
    [...readFileSync(join(root, path), "utf8").matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(
      ([, language, code], i) => ({ place: `${path}#${i + 1}`, language, code }),
    ),
  );
}

const COMMENT = /(?:^|; |\) )\/\/ (.*)$/;

/** The comments of an example: what it prints stands in some of them. */
export const comments = (code) => code.split("\n").flatMap((line) => COMMENT.exec(line)?.[1] ?? []);

/** Those behind a `console.log`: they have to be what is printed. */
export const promises = (code) => comments(code.replaceAll(/^(?!.*console\.log\().*$/gm, ""));
