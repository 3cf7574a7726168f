// Programs, run to their end. On Windows pnpm, npx and their like are batch files, which only a shell starts, and a shell takes
// a path with a blank for two: cross-spawn knows how to quote.
import spawn from "cross-spawn";

/** What a program printed; with `stdio: "inherit"` it prints by itself. Throws an Error with its output when it fails. */
export function run(command, args, options) {
  const { status, stdout, stderr, error } = spawn.sync(command, args, {
    stdio: "pipe",
    encoding: "utf8",
    ...options,
  });
  if (status === 0) return stdout;
  throw error ?? failed(command, args, `${stdout ?? ""}${stderr ?? ""}`);
}

/** The same while this process goes on; standard error is part of what it gives. */
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
