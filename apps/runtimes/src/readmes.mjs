// The examples of the READMEs: every block of code in those of the root and of the packages.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { names, root } from "./packed.mjs";

const README = "README.md";

/** All examples: `place`, such as `packages/client/README.md#1`, `language`, `js` or `ts`, and `code`. */
export function examples() {
  return [README, ...names.map((name) => `packages/${name}/${README}`)].flatMap((path) =>
    [...readFileSync(join(root, path), "utf8").matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(
      ([, language, code], i) => ({ place: `${path}#${i + 1}`, language, code }),
    ),
  );
}

const COMMENT = /(?:^|; |\) )\/\/ (.*)$/;

/** The comments of an example. Some of them say what it prints. */
export const comments = (code) => code.split("\n").flatMap((line) => COMMENT.exec(line)?.[1] ?? []);

/** The comments after a `console.log`, which must be what is printed. */
export const promises = (code) => comments(code.replaceAll(/^(?!.*console\.log\().*$/gm, ""));
