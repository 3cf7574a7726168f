/**
 * What stands behind a command of this workspace. `--help` prints the usage; what the usage does not know is said in a
 * line above it, with exit code 1.
 */
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";

/** Options, and words: `words` says whether the usage has any. */
export function commandLine<const O extends ParseArgsOptionsConfig>(
  usage: string,
  options: O,
  { words = true }: { readonly words?: boolean } = {},
): ReturnType<typeof parseArgs<{ options: O; allowPositionals: true }>> {
  const args = process.argv.slice(2);
  if (args.includes("--help") || args.includes("-h")) {
    console.log(usage);
    process.exit(0);
  }
  try {
    const read = parseArgs({ args, options, allowPositionals: true as const });
    if (!words && read.positionals.length > 0)
      throw new TypeError(`unexpected: ${read.positionals.join(" ")}`);
    return read;
  } catch (error) {
    refuse(error instanceof Error ? error.message : String(error), usage);
  }
}

/** Says what is wrong with the command line, and how it is used. */
export function refuse(complaint: string, usage: string): never {
  console.error(`${complaint}\n${usage}`);
  process.exit(1);
}
