// Parses the command lines of this workspace. `--help` prints the usage; an unknown option or word is reported in a
// line above the usage, with exit code 1.
import { parseArgs, type ParseArgsOptionsConfig } from "node:util";

/** Parses options and words; `words` says whether any words are allowed. */
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

/** Prints what is wrong with the command line, and the usage; exits with code 1. */
export function refuse(complaint: string, usage: string): never {
  console.error(`${complaint}\n${usage}`);
  process.exit(1);
}
