// From the command line to an exit code: plays the dialogue or serves. All output goes through `Console`, so that tests
// can read it.
import { randomUUID } from "node:crypto";
import { writeFileSync } from "node:fs";
import { SUPPORTED_VERSIONS } from "@bolt/client";
import { complaint } from "./complaint.ts";
import { play } from "./dialogue/play.ts";
import { type Options, readOptions } from "./options.ts";
import { jsonReport } from "./print/json.ts";
import { terminalPicture } from "./print/svg.ts";
import { textReport } from "./print/text.ts";
import type { Report } from "./transcript.ts";

export interface Console {
  readonly out: (text: string) => void;
  readonly err: (text: string) => void;
  /** Whether `out` is a terminal that shows colours. */
  readonly colours: boolean;
  /** Its width in characters, if it is a terminal. */
  readonly columns?: number | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Fires on Ctrl-C. */
  readonly signal: AbortSignal;
}

// How long a host may take to answer, and how long connecting and logging in may take altogether.
const TIMEOUTS = { connectMs: 10_000, acquireMs: 15_000 };

/** Does what the arguments say. Resolves with the exit code and never rejects. */
export async function run(args: readonly string[], console: Console): Promise<number> {
  const options = readOptions(args, { env: console.env, versions: SUPPORTED_VERSIONS.map(String) });
  if ("exitCode" in options) {
    (options.exitCode === 0 ? console.out : console.err)(options.text);
    return options.exitCode;
  }
  try {
    return await act(options, console);
  } catch (error) {
    console.err(`${complaint(error)}\n`);
    return 1;
  }
}

async function act(options: Options, console: Console): Promise<number> {
  if (options.serve) {
    const { serve } = await import("./serve.ts");
    await serve(options, console.out, console.signal);
    return 0;
  }
  return (await dialogue(options, console)) ? 0 : 1;
}

async function dialogue(options: Options, console: Console): Promise<boolean> {
  const { svg, json } = options;
  const { out, colours, columns } = console;
  const report = json ? jsonReport(out) : textReport({ write: out, colours, columns });
  if (svg === undefined) return playAgainst(options, console, report);
  let drawn = "";
  const draw = textReport({ write: (text) => (drawn += text), colours: true });
  const complete = await playAgainst(options, console, (event) => {
    report(event);
    draw(event);
  });
  try {
    writeFileSync(svg, terminalPicture(drawn, "pnpm demo"));
  } catch (error) {
    throw new Error(`cannot write the picture: ${(error as Error).message}`, { cause: error });
  }
  return complete;
}

async function playAgainst(options: Options, { signal }: Console, report: Report): Promise<boolean> {
  const { uri, bolt, database, wire } = options;
  const settings = { bolt, database, wire, report, signal };
  const config = { timeouts: TIMEOUTS };
  if (uri !== undefined) return play({ ...settings, config, uri, login: options.login, embedded: false });
  // Loaded only when needed, because it loads the engine.
  const { serveEmbedded } = await import("./embedded.ts");
  const login = options.login ?? { user: "neo4j", password: randomUUID() };
  const embedded = await serveEmbedded({ login, port: 0, data: options.data });
  try {
    return await play({ ...settings, config, uri: embedded.uri, login, embedded: true });
  } finally {
    await embedded.close();
  }
}
