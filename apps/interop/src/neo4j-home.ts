// Writes the home folder of a Neo4j of any generation: settings and first user. Knows no version and starts nothing.
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Writes neo4j.conf, and `password` for the user `neo4j`. */
export function fillHome(home: string, settings: Readonly<Record<string, string>>, password: string): void {
  // A Java properties file: backslashes (in Windows paths) are doubled.
  const lines = Object.entries(settings).map(
    ([name, value]) => `${name}=${value.replaceAll("\\", "\\\\")}\n`,
  );
  writeFileSync(join(home, "neo4j.conf"), lines.join(""));
  mkdirSync(join(home, "data", "dbms"), { recursive: true });
  writeFileSync(join(home, "data", "dbms", "auth.ini"), initialUser(password), { mode: 0o600 });
}

/**
 * The file that `neo4j-admin set-initial-password` writes. All versions read it, while the statements that set a
 * password differ or are missing (4.0). The hash is one round of SHA-256, which 3.x wants and later versions accept.
 */
function initialUser(password: string): string {
  const salt = randomBytes(32);
  const hash = createHash("sha256").update(salt).update(password).digest("hex").toUpperCase();
  return `neo4j:SHA-256,${hash},${salt.toString("hex").toUpperCase()}:\n`;
}
