// Runs the examples of a README with the package's exports and nothing else.
import { readFileSync } from "node:fs";
import { inspect } from "node:util";
import { compileFunction } from "node:vm";

/** The README next to `test/`, and its runnable examples: the code blocks marked `js`. */
export function readReadme(testFile: string): { text: string; examples: string[] } {
  const text = readFileSync(new URL("../README.md", testFile), "utf8");
  return { text, examples: [...text.matchAll(/^```js\n([\s\S]*?)^```$/gm)].map(([, code = ""]) => code) };
}

/** Runs an example that imports from one package and returns the lines that it prints. */
export function printedBy(code: string, exports: object): string[] {
  const [statement = "", names = ""] = /import \{([^}]*)\} from "[^"]+";/.exec(code) ?? [];
  const printed: string[] = [];
  const log = (...values: unknown[]): void => {
    printed.push(values.map((value) => (typeof value === "string" ? value : inspect(value))).join(" "));
  };
  const body = `const {${names}} = exports;\n${code.replace(statement, "")}`;
  compileFunction(body, ["exports", "console"]).call(undefined, exports, { log });
  return printed;
}
