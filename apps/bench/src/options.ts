// The command line: which options there are, and what is wrong with invalid ones. Knows nothing about measuring.
import { Command, CommanderError, InvalidArgumentError } from "commander";

export interface Options {
  /** Versions or paths of Node; empty for the one running this. */
  readonly nodes: readonly string[];
  /** Parts of the names of benchmarks; empty for all. */
  readonly only: readonly string[];
  readonly quick: boolean;
  readonly list: boolean;
  readonly rounds: number;
  readonly sliceMs: number;
  /** File for the figures; `-` for standard output, where then nothing else is printed. */
  readonly json: string | undefined;
  readonly svg: string | undefined;
  readonly profiles: string | undefined;
}

export interface Refused {
  readonly exitCode: number;
  readonly text: string;
}

const EXAMPLES = `
Examples:
  pnpm bench                                    everything, about five minutes
  pnpm bench --only forEach query/sequential    benchmarks whose names contain one of these
  pnpm bench --node 20,24,26                    once for each Node, fetched from npm if not installed
  pnpm bench --json results.json --svg chart.svg
  pnpm bench --quick                            only checks that everything works and all values agree`;

/** Reads the arguments after the program's name. */
export function readOptions(args: readonly string[]): Options | Refused {
  let text = "";
  const write = (part: string): void => {
    text += part;
  };
  const command = new Command("bench")
    .description(
      "Measures the packages of this workspace side by side with their peers: CPU and wall time per operation.",
    )
    .option("--only <names...>", "run only benchmarks whose names contain one of these")
    .option("--list", "print the names of all benchmarks", false)
    .option(
      "--node <versions>",
      "versions of Node, such as 20,24,26, or paths of binaries (default: this one)",
      list,
    )
    .option("--rounds <n>", "how often each contestant is measured", atLeast(1), 7)
    .option("--slice <ms>", "how long one measurement takes, in milliseconds", atLeast(1), 150)
    .option(
      "--json [file]",
      "write all figures as JSON; without a file, to standard output instead of the table",
    )
    .option("--svg <file>", "write a chart of the ratios to neo4j-driver")
    .option("--profile <directory>", "write a CPU profile of every process; this distorts the figures")
    .option("--quick", "a smoke test: checks all values, but measures nothing", false)
    .addHelpText("after", EXAMPLES)
    .allowExcessArguments(false)
    .exitOverride()
    .configureOutput({ writeOut: write, writeErr: write });
  try {
    // pnpm passes its own separator on.
    command.parse(args[0] === "--" ? args.slice(1) : args, { from: "user" });
  } catch (error) {
    if (error instanceof CommanderError) return { exitCode: error.exitCode, text };
    throw error;
  }
  const given = command.opts<{
    only?: string[];
    list: boolean;
    node?: string[];
    rounds: number;
    slice: number;
    json?: string | true;
    svg?: string;
    profile?: string;
    quick: boolean;
  }>();
  return {
    nodes: given.node ?? [],
    only: given.only ?? [],
    quick: given.quick,
    list: given.list,
    rounds: given.rounds,
    sliceMs: given.slice,
    json: given.json === true ? "-" : given.json,
    svg: given.svg,
    profiles: given.profile,
  };
}

function list(text: string): string[] {
  const items = text.split(",").map((item) => item.trim());
  if (items.some((item) => item === ""))
    throw new InvalidArgumentError("Expected versions or paths, separated by commas.");
  return items;
}

const atLeast =
  (least: number) =>
  (text: string): number => {
    const value = Number(text);
    if (!Number.isInteger(value) || value < least)
      throw new InvalidArgumentError(`Expected a whole number from ${least} on.`);
    return value;
  };
