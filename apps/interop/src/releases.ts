// Differences between the generations of Neo4j at start: JDK, artifacts, main class, names of settings. Pure
// data, no processes; neo4j.ts uses it.

export interface Release {
  version: string;
  /** Oldest and newest JDK that it starts on. */
  jdk: readonly [min: number, max: number];
  /** Maven coordinates, exact versions. */
  artifacts: readonly string[];
  /** A file of the folder `java/`. */
  main: string;
  javaOptions: readonly string[];
  /** Prefix of the Bolt connector's settings. */
  connector: string;
  /** Settings that make it small, silent and quick to stop. */
  settings: Readonly<Record<string, string>>;
  /** Its Bolt versions, oldest first. */
  bolt: readonly string[];
}

const BOLT_4 = ["4.0", "4.1", "4.2", "4.3", "4.4"];
const BOLT_5 = ["5.0", "5.1", "5.2", "5.3", "5.4", "5.6", "5.7", "5.8"];

/** The versions that the checks use, the newest of each generation; any other from 3.4 on can be started too. */
export const RELEASES: readonly string[] = [
  "3.4.18",
  "3.5.35",
  "4.0.12",
  "4.2.19",
  "4.3.23",
  "4.4.48",
  "5.26.30",
  "2026.08.1",
];

/** How to start `version`, for instance "4.4.48". */
export function release(version: string): Release {
  const [major = 0, minor = 0] = version.split(".").map(Number);
  if (!/^\d+\.\d+\.\d+$/.test(version) || major < 3 || (major === 3 && minor < 4)) {
    throw new TypeError(`expected a Neo4j version from 3.4 on, as "5.26.30", got "${version}"`);
  }
  const artifacts = [`org.neo4j:neo4j:${version}`, `org.neo4j:neo4j-security:${version}`];
  if (major === 3) {
    return {
      version,
      jdk: [11, 17],
      artifacts: [...artifacts, `org.neo4j:neo4j-bolt:${version}`],
      main: "Neo4j3.java",
      javaOptions: addOpens("java.nio", "java.lang", "java.io", "java.util", "sun.nio.ch"),
      connector: "dbms.connector.bolt",
      settings: {
        "dbms.connector.bolt.type": "BOLT",
        "dbms.memory.pagecache.size": "32m",
        "dbms.udc.enabled": "false",
      },
      bolt: minor === 4 ? ["1", "2"] : ["1", "2", "3"],
    };
  }
  if (major === 4) {
    return {
      version,
      jdk: [11, 17],
      artifacts,
      main: "Neo4j4.java",
      javaOptions: addOpens("java.nio", "java.lang", "java.io", "sun.nio.ch"),
      connector: "dbms.connector.bolt",
      settings: {
        "dbms.memory.pagecache.size": "32m",
        "dbms.udc.enabled": "false",
        "dbms.tx_log.preallocate": "false", // 250 MB of zeros for each database
        "dbms.connector.bolt.unsupported_thread_pool_shutdown_wait_time": "0s",
        "unsupported.dbms.bolt.netty_server_shutdown_quiet_period": "0",
      },
      bolt: ["3", ...BOLT_4.slice(0, minor + 1)],
    };
  }
  return {
    version,
    jdk: major === 5 ? [17, 25] : [21, Infinity],
    artifacts,
    main: "Neo4j5.java",
    javaOptions: [],
    connector: "server.bolt",
    settings: {
      "server.memory.pagecache.size": "32m",
      "dbms.usage_report.enabled": "false",
      "db.tx_log.preallocate": "false",
      // Otherwise Bolt takes ten seconds to shut down, even without clients.
      "internal.server.bolt.thread_pool_shutdown_wait_time": "0s",
      "internal.server.bolt.connection_shutdown_wait_time": "0s",
      "internal.dbms.bolt.netty_server_shutdown_quiet_period": "0",
    },
    bolt: [...BOLT_4, ...BOLT_5, ...(major === 5 ? [] : ["6.0", "6.1"])],
  };
}

/** Neo4j versions for JDK 8 and 11 reach into packages that later JDKs close. */
function addOpens(...packages: string[]): string[] {
  return packages.flatMap((name) => ["--add-opens", `java.base/${name}=ALL-UNNAMED`]);
}
