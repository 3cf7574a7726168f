// Finds a program and runs it to its end. For long-lived servers see java-server.ts.
import { spawn } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

const windows = process.platform === "win32";

/** Returns the full path of a program on PATH, or `undefined`. */
export function which(name: string): string | undefined {
  const endings = windows ? [".exe", ".cmd", ".bat"] : [""];
  for (const folder of (process.env["PATH"] ?? "").split(delimiter)) {
    for (const ending of endings) {
      const path = join(folder, name + ending);
      if (folder && isProgram(path)) return path;
    }
  }
  return undefined;
}

export function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

export interface CommandOptions {
  cwd?: string;
  env?: Record<string, string | undefined>;
  /** Text for the program's standard input; without it the input is empty. */
  input?: string;
  /** Kills the program when it prints nothing for this long. Default: ten minutes, enough for a compiler. */
  silenceMs?: number;
  /** Called for each whole line of standard output as it arrives; such lines are not kept. */
  onLine?: (line: string) => void;
  /** Kills the program. */
  signal?: AbortSignal;
}

export interface CommandResult {
  /** Exit code; `null` when a signal ended the program. */
  code: number | null;
  stdout: string;
  stderr: string;
  timedOut: boolean;
}

/** Runs a program to its end. Resolves with any exit code; rejects only if the program could not be started. */
export function command(
  program: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      stdio: "pipe",
      // Only the shell runs batch files (mvn.cmd); all arguments here are our own, so none needs quoting.
      shell: windows && /\.(cmd|bat)$/.test(program),
    });
    const stop = () => child.kill("SIGKILL");
    process.once("exit", stop);
    options.signal?.addEventListener("abort", stop);
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      stop();
    }, options.silenceMs ?? 600_000);
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      timer.refresh();
      stdout += text;
      if (!options.onLine) return;
      const lines = stdout.split("\n");
      stdout = lines.pop() ?? "";
      lines.forEach(options.onLine);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      timer.refresh();
      stderr += text;
    });
    child.stdin.on("error", () => {}); // it ended without reading: its exit code says why
    child.stdin.end(options.input ?? "");
    child.on("error", reject);
    child.on("close", (code) => {
      clearTimeout(timer);
      process.off("exit", stop);
      resolve({ code, stdout, stderr, timedOut });
    });
  });
}

/** The last lines that a failed program printed, for an error message. */
export function lastWords({ stdout, stderr, timedOut }: CommandResult, lines = 8): string {
  const said = `${stdout}\n${stderr}`.split("\n").filter((line) => line.trim() !== "");
  return [...(timedOut ? ["(killed: it printed nothing more)"] : []), ...said.slice(-lines)].join("\n");
}
