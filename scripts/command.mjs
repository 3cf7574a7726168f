// Runs programs. On Windows pnpm, npx and the like are batch files, which only a shell can start, and a shell splits
// paths at blanks: cross-spawn quotes them.
import spawn from "cross-spawn";

/** Runs a program; returns what it prints, unless `stdio` is "inherit". Throws an Error with its output if it fails. */
export function run(command, args, options) {
  const { status, stdout, stderr, error } = spawn.sync(command, args, {
    stdio: "pipe",
    encoding: "utf8",
    ...options,
  });
  if (status === 0) return stdout;
  throw error ?? failed(command, args, `${stdout ?? ""}${stderr ?? ""}`);
}

/** The same without blocking this process; resolves with standard output and standard error together. */
export function runAside(command, args, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    child.stdout.on("data", (text) => (output += text));
    child.stderr.on("data", (text) => (output += text));
    child.on("error", reject);
    child.on("close", (code) => (code === 0 ? resolve(output) : reject(failed(command, args, output))));
  });
}

const failed = (command, args, output) =>
  new Error(`${command} ${args.join(" ")} failed${output && `:\n${output.trim().slice(-4000)}`}`);
