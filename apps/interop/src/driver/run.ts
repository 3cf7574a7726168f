// Runs the checks of a group one by one and prints a line for each. Knows nothing of what they check.
import { randomUUID } from "node:crypto";
import { auth, BoltError, type Capabilities, driver, type Driver } from "@bolt/client";
import { type Check, type Checks, type Context, type Place, Skip } from "./check.ts";

/** A check that takes longer counts as hanging. The longest, 64,000 queries, takes 43 to 89 s on two busy cores. */
const LIMIT_MS = 300_000;

export interface Count {
  passed: number;
  failed: number;
  skipped: number;
}

/** Known differences of a server: a description by the name of the check. */
export interface Differences {
  /** These checks run, but failing is not counted as a failure. */
  readonly differs: Readonly<Record<string, string>>;
  /** These checks do not run: they would leave the server unusable. */
  readonly avoided: Readonly<Record<string, string>>;
}

export interface Settings {
  readonly place: Place;
  /** Default: found out by asking the server. */
  readonly capabilities?: Capabilities;
  /** Run only checks whose group or name contains one of these; without any, all. */
  readonly words: readonly string[];
  readonly differences?: Differences;
  readonly count: Count;
  /** Limit for each check; default 300,000. */
  readonly limitMs?: number;
}

export async function runChecks(group: string, checks: Checks, settings: Settings): Promise<void> {
  const { words, count } = settings;
  const { differs = {}, avoided = {} } = settings.differences ?? {};
  for (const [name, check] of Object.entries(checks)) {
    const title = `${group}: ${name}`;
    if (words.length > 0 && !words.some((word) => title.includes(word))) continue;
    const begin = performance.now();
    const tell = (what: keyof Count, text: string): void => {
      count[what]++;
      const mark = { passed: "ok  ", failed: "FAIL", skipped: "skip" }[what];
      const ms = `${(performance.now() - begin).toFixed(0)} ms`;
      console.log(`${mark} ${title.padEnd(56)} ${ms.padStart(8)}  ${text}`.trimEnd());
    };
    try {
      if (avoided[name] !== undefined) throw new Skip(avoided[name]);
      const word = await runOne(check, settings);
      const surprise = differs[name] && `although it is listed as different: ${differs[name]}`;
      tell("passed", [word, surprise].filter(Boolean).join("; "));
    } catch (error) {
      if (error instanceof Skip) tell("skipped", error.message);
      else if (differs[name] !== undefined) tell("skipped", `differs: ${differs[name]}`);
      else tell("failed", told(error));
    }
  }
}

/** Removes from the database what the checks have left there. */
export async function cleanUp({ place }: Settings): Promise<void> {
  await using db = enter(place);
  await using session = db.session();
  await session.run("MATCH (n:Driven) WHERE n.run STARTS WITH $id DETACH DELETE n", { id: PROCESS });
}

const PROCESS = randomUUID().slice(0, 8);
let runs = 0;

async function runOne(check: Check, settings: Settings): Promise<string | void> {
  const { place, limitMs = LIMIT_MS } = settings;
  const login = auth.basic(place.user, place.password);
  const opened: Driver[] = [];
  const open: Context["open"] = (config = {}, as = login, uri = place.uri) => {
    const db = driver(uri, as, { versions: place.versions, ...config });
    opened.push(db);
    return db;
  };
  let db: Driver | undefined;
  const context: Context = {
    ...place,
    run: `${PROCESS}-${++runs}`,
    capabilities: settings.capabilities ?? (await askFor(place)),
    open,
    get db() {
      return (db ??= open());
    },
  };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`no outcome after ${limitMs / 1000} s`)), limitMs);
  });
  try {
    return await Promise.race([check(context), late]);
  } finally {
    clearTimeout(timer);
    await Promise.all(opened.map((one) => one.close()));
  }
}

export async function askFor(place: Place): Promise<Capabilities> {
  await using db = enter(place);
  return await db.capabilities();
}

const enter = ({ uri, user, password, versions }: Place): Driver =>
  driver(uri, auth.basic(user, password), { versions });

/** The first lines of an error, joined into one. */
function told(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = error instanceof BoltError ? ` ${error.code}` : "";
  const lines = `${error.name}${code}: ${error.message}`.split("\n").filter((line) => line.trim() !== "");
  return lines.slice(0, 14).join(" / ");
}
