// Artifacts of Maven Central as a class path. Maven does all of the work, with its own repository and proxy
// settings; this file only writes a minimal pom and caches the answer.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { cacheFolder } from "./cache.ts";
import { command, isProgram, lastWords, which } from "./command.ts";
import type { Jdk } from "./jdk.ts";
import { Unavailable } from "./unavailable.ts";

/** Pinned: without a version Maven asks for the newest one each day, over the network. */
const PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:2.8:build-classpath";

/**
 * Returns the class path of `artifacts` ("group:artifact:version", exact) with all dependencies. Downloads about
 * 150 MB for a database the first time; afterwards it needs neither Maven nor a network.
 * @param name of the cache entry
 * @param jdk runs Maven
 */
export async function classPath(name: string, artifacts: readonly string[], jdk: Jdk): Promise<string> {
  const folder = cacheFolder("maven", name);
  const answer = join(folder, "class-path.txt");
  const pom = writePom(artifacts);
  const known = existsSync(answer) ? readFileSync(answer, "utf8") : "";
  if (known && readFileSync(join(folder, "pom.xml"), "utf8") === pom && allExist(known)) return known;

  const maven = findMaven();
  writeFileSync(join(folder, "pom.xml"), pom);
  const done = await command(maven, ["-q", "-B", PLUGIN, "-Dmdep.outputFile=class-path.txt"], {
    cwd: folder,
    env: { JAVA_HOME: jdk.home },
  });
  if (done.code !== 0) {
    throw new Unavailable(`Maven could not fetch ${artifacts.join(", ")}: ${lastWords(done, 1)}`);
  }
  return readFileSync(answer, "utf8");
}

function allExist(classPathText: string): boolean {
  return classPathText.split(delimiter).every((jar) => existsSync(jar));
}

function findMaven(): string {
  const ending = process.platform === "win32" ? ".cmd" : "";
  const homes = [process.env["MAVEN_HOME"], process.env["M2_HOME"]].filter((home) => home !== undefined);
  const maven = homes.map((home) => join(home, "bin", `mvn${ending}`)).find(isProgram) ?? which("mvn");
  if (!maven) throw new Unavailable("no Maven here (mvn is not on PATH)");
  return maven;
}

function writePom(artifacts: readonly string[]): string {
  const dependencies = artifacts.map((artifact) => {
    const [group, id, version] = artifact.split(":");
    return `    <dependency><groupId>${group}</groupId><artifactId>${id}</artifactId><version>${version}</version></dependency>`;
  });
  return [
    `<project xmlns="http://maven.apache.org/POM/4.0.0">`,
    `  <modelVersion>4.0.0</modelVersion>`,
    `  <groupId>interop</groupId><artifactId>class-path</artifactId><version>1</version>`,
    `  <dependencies>`,
    ...dependencies,
    `  </dependencies>`,
    `</project>`,
    ``,
  ].join("\n");
}
