// Clients that run on a JVM, from Maven Central: the Java driver and cypher-shell.
import { delimiter, join } from "node:path";
import { cacheFolder } from "../cache.ts";
import { command, lastWords } from "../command.ts";
import { findJdk } from "../jdk.ts";
import { classPath } from "../maven.ts";
import { clientFile } from "./clients.ts";
import { boltVersions, type Peer } from "./peer.ts";

const DRIVERS = [
  { version: "4.4.22", jdk: 17, bolt: ["3", ...boltVersions("4.0", "4.4")] },
  { version: "5.28.15", jdk: 17, bolt: ["3", ...boltVersions("4.2", "5.8")] },
  { version: "6.2.1", jdk: 21, bolt: ["3", ...boltVersions("4.2", "6.1")] },
];

export const javaPeers: readonly Peer[] = DRIVERS.map(({ version, jdk, bolt }) => ({
  name: `java ${version}`,
  bolt,
  prepare: async () => {
    const found = findJdk(jdk, Infinity);
    const artifact = `org.neo4j.driver:neo4j-java-driver:${version}`;
    const jars = await classPath(`java-driver-${version}`, [artifact], found);
    const classes = cacheFolder("java", version);
    const sources = ["Scenarios.java", version.startsWith("4.") ? "Older.java" : "Newer.java"];
    // Compiled each time: it takes two seconds, and no cache has to be kept up to date.
    const options = ["-nowarn", "-cp", jars, "-d", classes];
    const files = sources.map((name) => clientFile("java", name));
    const compiled = await command(join(found.home, "bin", "javac"), [...options, ...files]);
    if (compiled.code !== 0) throw new Error(`javac: ${lastWords(compiled)}`);
    return { file: found.java, args: ["-cp", [jars, classes].join(delimiter), "Scenarios"] };
  },
}));

const SHELL = "5.26.30";

export const cypherShellPeer: Peer = {
  name: `cypher-shell ${SHELL}`,
  bolt: ["3", ...boltVersions("4.2", "5.8")],
  prepare: async () => {
    const jdk = findJdk(17, Infinity);
    const jars = await classPath(`cypher-shell-${SHELL}`, [`org.neo4j:cypher-shell:${SHELL}`], jdk);
    return {
      file: process.execPath,
      args: [clientFile("cypher-shell", "scenarios.mjs")],
      env: { BOLT_JAVA: jdk.java, BOLT_CLASS_PATH: jars },
    };
  },
};
