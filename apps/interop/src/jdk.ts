// Finds an installed JDK by its version. Nothing is run: every JDK since 9 has a `release` file that states its
// version. A JRE is not enough: our Java programs are run from source.
import { existsSync, readFileSync, readdirSync, realpathSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { which } from "./command.ts";
import { Unavailable } from "./unavailable.ts";

export interface Jdk {
  /** The value for JAVA_HOME. */
  home: string;
  /** The `java` program. */
  java: string;
  /** 17 for 17.0.15. */
  major: number;
}

/** Returns the oldest JDK from `min` to `max`: the one that databases of that time were tested with. */
export function findJdk(min: number, max: number): Jdk {
  const all = installedJdks();
  const fitting = all.filter(({ major }) => major >= min && major <= max);
  const jdk = fitting.toSorted((a, b) => a.major - b.major)[0];
  if (jdk) return jdk;
  const range = max === Infinity ? `${min} or newer` : `${min} to ${max}`;
  const found = all.length > 0 ? `found only ${all.map(({ major }) => major).join(", ")}` : "found none";
  throw new Unavailable(`no JDK ${range} here (${found})`);
}

/** Every JDK in JAVA_HOME and similar variables, on PATH, and where the usual installers put them. */
export function installedJdks(): Jdk[] {
  const homes = new Set<string>();
  for (const [name, value] of Object.entries(process.env)) {
    if (value && /^(JAVA_HOME|JDK)/.test(name)) homes.add(value); // JAVA_HOME_21_X64, JDK21 ...
  }
  const java = which("java");
  if (java) homes.add(dirname(dirname(realpathSync(java))));
  for (const folder of installationFolders()) {
    if (!existsSync(folder)) continue;
    for (const name of readdirSync(folder)) {
      homes.add(join(folder, name));
      homes.add(join(folder, name, "Contents", "Home")); // macOS bundles
    }
  }
  const jdks = new Map<string, Jdk>();
  for (const home of homes) {
    const jdk = readJdk(home);
    if (jdk) jdks.set(realpathSync(home), jdk);
  }
  return [...jdks.values()];
}

function installationFolders(): string[] {
  const home = homedir();
  const programs = process.env["ProgramFiles"];
  return [
    "/usr/lib/jvm",
    "/usr/java",
    "/usr/local/java",
    "/opt",
    "/opt/java",
    "/Library/Java/JavaVirtualMachines",
    join(home, "Library", "Java", "JavaVirtualMachines"),
    join(home, ".sdkman", "candidates", "java"),
    join(home, ".jdks"),
    join(home, ".asdf", "installs", "java"),
    join(home, ".local", "share", "mise", "installs", "java"),
    ...(programs ? ["Java", "Eclipse Adoptium", "Microsoft"].map((name) => join(programs, name)) : []),
  ];
}

function readJdk(home: string): Jdk | undefined {
  const ending = process.platform === "win32" ? ".exe" : "";
  const java = join(home, "bin", `java${ending}`);
  try {
    if (!existsSync(java) || !existsSync(join(home, "bin", `javac${ending}`))) return undefined;
    const version = /^JAVA_VERSION="(?:1\.)?(\d+)/m.exec(readFileSync(join(home, "release"), "utf8"));
    return version ? { home, java, major: Number(version[1]) } : undefined;
  } catch {
    return undefined; // no `release` file, or not readable: not a usable JDK
  }
}
