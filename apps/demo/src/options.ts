// The command line: which options there are, what they mean, and that nonsense is refused in one line.
// Knows nothing of what is then done.
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";

export interface Login {
  readonly user: string;
  readonly password: string;
}

export interface Options {
  /** A server to talk to; undefined stands for the embedded database. */
  readonly uri: string | undefined;
  /** Undefined when neither user nor password was given. */
  readonly login: Login | undefined;
  readonly database: string | undefined;
  /** One version of Bolt, as `"4.4"`. */
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

/** What there is to say instead of a dialogue: help, a version, or what is wrong with the options. */
export interface Notice {
  readonly text: string;
  readonly exitCode: number;
}

export interface Environment {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The versions of Bolt that can be asked for. */
  readonly versions: readonly string[];
}

const DEFAULT_USER = "neo4j";
const OF_THE_DIALOGUE = ["database", "bolt", "wire", "json", "svg"] as const;
const SCHEMES = /^(bolt|neo4j|ws)(\+s|\+ssc|\+unix|s)?:\/\//;

const EXAMPLES = `
Examples:
  $ pnpm demo                                        an embedded database behind our own server
  $ pnpm demo --uri bolt://localhost:7687 -u neo4j   any other Bolt server; the password in BOLT_PASSWORD
  $ pnpm demo --uri bolt://localhost --bolt 4.4      the same in one version of Bolt
  $ pnpm demo --wire                                 every byte with what it means
  $ pnpm demo --json | jq .                          the transcript for programs
  $ pnpm demo --serve --port 7687 --data ./graph     keep serving, and keep the data
  $ pnpm demo --serve --uri bolt://db:7687           a gateway to another server
  $ pnpm demo --serve --cert c.pem --key k.pem       the same with TLS, for bolt+s:// and neo4j+s://

Exit code: 0 when every step went as it should, 1 when not.`;

/** Reads the arguments behind the program's name. */
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
    if (error instanceof Nonsense) return { text: `${error.message}\n`, exitCode: 1 };
    throw error;
  }
}

class Nonsense extends Error {}

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
    .description("The classic Bolt dialogue: each step checked and explained.")
    .usage("[options]")
    .addOption(new Option("--uri <uri>", "a Bolt server, as bolt://host:7687 or neo4j://host").argParser(uri))
    .option("-u, --user <name>", "who logs in (default: neo4j when there is a password)")
    .option("-p, --password <password>", "better given as BOLT_PASSWORD in the environment")
    .option("--database <name>", "a database other than the user's home database")
    .addOption(new Option("--bolt <version>", "negotiate just this version").argParser(version(versions)))
    .option("--wire", "show each message in hex with what it means; secrets are masked")
    .option("--json", "the transcript as JSON lines")
    .option("--serve", "keep serving and say how to connect; with --uri a gateway to that server")
    .addOption(new Option("--port <number>", "where to serve (default: 7687)").argParser(port))
    .option("--data <directory>", "keep the embedded database in this directory")
    .option("--cert <file>", "serve TLS with this certificate (PEM); plain connections are closed then")
    .option("--key <file>", "the key of the certificate (PEM)")
    .option("--svg <file>", "also draw the dialogue into an SVG file, as a terminal shows it")
    .allowExcessArguments(false)
    .addHelpText("after", EXAMPLES);
}

function complete(raw: Raw, { env }: Environment): Options {
  const password = raw.password ?? env["BOLT_PASSWORD"];
  if (raw.port !== undefined && !raw.serve) throw new Nonsense("--port belongs to --serve");
  if (raw.data !== undefined && raw.uri !== undefined)
    throw new Nonsense("--data is for the embedded database, not for --uri");
  if (raw.data === "") throw new Nonsense("--data needs the name of a directory");
  for (const name of OF_THE_DIALOGUE) {
    if (raw.serve && raw[name] !== undefined)
      throw new Nonsense(`--${name} belongs to the dialogue, not to --serve`);
  }
  if (raw.svg !== undefined && raw.json) throw new Nonsense("--svg draws what people read, not --json");
  const { cert, key } = raw;
  if ((cert === undefined) !== (key === undefined)) throw new Nonsense("--cert and --key belong together");
  if (cert !== undefined && !raw.serve) throw new Nonsense("--cert and --key belong to --serve");
  if (raw.user !== undefined && password === undefined) {
    throw new Nonsense("-u needs a password: -p, or BOLT_PASSWORD in the environment");
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
  // Not as an invalid argument, which would be repeated.
  if (/^[^/]*(\/\/[^/]*)?@/.test(text))
    throw new Nonsense("a login is given as -u and -p or BOLT_PASSWORD, not in --uri");
  if (SCHEMES.test(text)) return text;
  throw new InvalidArgumentError(
    "It must begin with bolt:// or neo4j://, or with one of their +s and +ssc forms.",
  );
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
