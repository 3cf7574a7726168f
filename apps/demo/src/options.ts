// The command line: which options there are and what they mean; wrong ones are refused in one line.
// Knows nothing about what is done with them.
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";

export interface Login {
  readonly user: string;
  readonly password: string;
}

export interface Options {
  /** A server to connect to; undefined stands for the embedded database. */
  readonly uri: string | undefined;
  /** Undefined if no password was given. */
  readonly login: Login | undefined;
  readonly database: string | undefined;
  /** One version of Bolt, such as `"4.4"`. */
  readonly bolt: string | undefined;
  readonly wire: boolean;
  readonly json: boolean;
  readonly serve: boolean;
  /** 0 lets the system choose. */
  readonly port: number | undefined;
  /** Directory of the embedded database; undefined keeps it in memory. */
  readonly data: string | undefined;
  /** PEM files to serve TLS with; undefined serves plain connections. */
  readonly tls: { readonly cert: string; readonly key: string } | undefined;
  /** A file to draw the dialogue into. */
  readonly svg: string | undefined;
}

/** What to print instead of playing the dialogue: help, or what is wrong with the options. */
export interface Notice {
  readonly text: string;
  readonly exitCode: number;
}

export interface Environment {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The Bolt versions that `--bolt` accepts. */
  readonly versions: readonly string[];
}

const DEFAULT_USER = "neo4j";
const DIALOGUE_OPTIONS = ["database", "bolt", "wire", "json", "svg"] as const;
const SCHEMES = /^(bolt|neo4j|ws)(\+s|\+ssc|\+unix|s)?:\/\//;

const EXAMPLES = `
Examples:
  $ pnpm demo                                        an embedded database behind our own server
  $ pnpm demo --uri bolt://localhost:7687 -u neo4j   any other Bolt server; the password in BOLT_PASSWORD
  $ pnpm demo --uri bolt://localhost --bolt 4.4      the same with only one version of Bolt
  $ pnpm demo --wire                                 explain every byte
  $ pnpm demo --json | jq .                          the transcript for programs
  $ pnpm demo --serve --port 7687 --data ./graph     keep serving, and keep the data
  $ pnpm demo --serve --uri bolt://db:7687           a gateway to another server
  $ pnpm demo --serve --cert c.pem --key k.pem       serve with TLS, for bolt+s:// and neo4j+s://

Exit code: 0 if every step went as expected, otherwise 1.`;

/** Reads the arguments after the program's name. */
export function readOptions(args: readonly string[], environment: Environment): Options | Notice {
  let out = "";
  const print = (text: string): void => {
    out += text;
  };
  const command = define(environment.versions)
    .exitOverride()
    .configureOutput({
      writeOut: print,
      writeErr: print,
      outputError: (text) => print(text.replace(/^error: /, "")),
    });
  try {
    command.parse([...args], { from: "user" });
    return complete(command.opts(), environment);
  } catch (error) {
    if (error instanceof CommanderError) return { text: out, exitCode: error.exitCode };
    if (error instanceof UsageError) return { text: `${error.message}\n`, exitCode: 1 };
    throw error;
  }
}

class UsageError extends Error {}

interface Raw {
  readonly uri?: string;
  readonly user?: string;
  readonly password?: string;
  readonly database?: string;
  readonly bolt?: string;
  readonly wire?: true;
  readonly json?: true;
  readonly serve?: true;
  readonly port?: number;
  readonly data?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly svg?: string;
}

function define(versions: readonly string[]): Command {
  return new Command("demo")
    .description("The classic Bolt dialogue, with every step explained and checked.")
    .usage("[options]")
    .addOption(
      new Option("--uri <uri>", "a Bolt server, such as bolt://host:7687 or neo4j://host").argParser(uri),
    )
    .option("-u, --user <name>", "the user's name (default: neo4j if there is a password)")
    .option("-p, --password <password>", "the password; better set BOLT_PASSWORD in the environment")
    .option("--database <name>", "a database other than the user's home database")
    .addOption(new Option("--bolt <version>", "negotiate only this version").argParser(version(versions)))
    .option("--wire", "show and explain every byte in hex; secrets are masked")
    .option("--json", "print the transcript as JSON lines")
    .option("--serve", "keep serving and print how to connect; with --uri: a gateway to that server")
    .addOption(new Option("--port <number>", "the port to serve on (default: 7687)").argParser(port))
    .option("--data <directory>", "keep the embedded database in this directory")
    .option("--cert <file>", "serve TLS with this certificate (PEM); plain connections are then closed")
    .option("--key <file>", "the private key of the certificate (PEM)")
    .option("--svg <file>", "also draw the dialogue as an SVG file, as a terminal would show it")
    .allowExcessArguments(false)
    .addHelpText("after", EXAMPLES);
}

function complete(raw: Raw, { env }: Environment): Options {
  const password = raw.password ?? env["BOLT_PASSWORD"];
  if (raw.port !== undefined && !raw.serve) throw new UsageError("--port works only with --serve");
  if (raw.data !== undefined && raw.uri !== undefined)
    throw new UsageError("--data is for the embedded database, not for --uri");
  if (raw.data === "") throw new UsageError("--data needs the name of a directory");
  for (const name of DIALOGUE_OPTIONS) {
    if (raw.serve && raw[name] !== undefined)
      throw new UsageError(`--${name} is for the dialogue, not for --serve`);
  }
  if (raw.svg !== undefined && raw.json) throw new UsageError("--svg and --json cannot be combined");
  const { cert, key } = raw;
  if ((cert === undefined) !== (key === undefined)) throw new UsageError("--cert and --key belong together");
  if (cert !== undefined && !raw.serve) throw new UsageError("--cert and --key work only with --serve");
  if (raw.user !== undefined && password === undefined) {
    throw new UsageError("-u needs a password: -p, or BOLT_PASSWORD in the environment");
  }
  return {
    uri: raw.uri,
    login: password === undefined ? undefined : { user: raw.user ?? DEFAULT_USER, password },
    database: raw.database,
    bolt: raw.bolt,
    wire: raw.wire ?? false,
    json: raw.json ?? false,
    serve: raw.serve ?? false,
    port: raw.port,
    data: raw.data,
    tls: cert === undefined || key === undefined ? undefined : { cert, key },
    svg: raw.svg,
  };
}

function uri(text: string): string {
  // Not an InvalidArgumentError, whose message would repeat the argument.
  if (/^[^/]*(\/\/[^/]*)?@/.test(text))
    throw new UsageError("give the login with -u and -p or BOLT_PASSWORD, not in --uri");
  if (SCHEMES.test(text)) return text;
  throw new InvalidArgumentError("It must begin with bolt:// or neo4j://, or with their +s or +ssc forms.");
}

function version(known: readonly string[]): (text: string) => string {
  return (text) => {
    // Up to 3 there are no minor versions.
    const plain = text.replace(/^([123])\.0$/, "$1");
    if (known.includes(plain)) return plain;
    throw new InvalidArgumentError(`The versions are ${known.join(", ")}.`);
  };
}

function port(text: string): number {
  const number = Number(text);
  if (/^\d+$/.test(text) && number <= 65_535) return number;
  throw new InvalidArgumentError("A port is a number from 0 to 65535.");
}
