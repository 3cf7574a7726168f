// A causal cluster of Neo4j Enterprise on loopback ports: three cores and a read replica, each in its own JVM. 3.4 is
// the last version whose Enterprise edition is on Maven Central, under the AGPL with the Commons Clause; it is only
// downloaded and run, and nothing of it is redistributed.
import { CausalMember, VERSIONS } from "./causal-member.ts";
import { soon, type Place } from "./driver/check.ts";
import { findJdk } from "./jdk.ts";
import { classPath } from "./maven.ts";
import { freePort } from "./neo4j.ts";
import { release } from "./releases.ts";
import { Unavailable } from "./unavailable.ts";

const VERSION = "3.4.18";
const CORES = 3;

export class CausalCluster implements AsyncDisposable {
  readonly members: readonly CausalMember[];
  readonly #password: string;

  private constructor(members: readonly CausalMember[], password: string) {
    this.members = members;
    this.#password = password;
  }

  /**
   * @throws Unavailable in one line: no JDK of the right version, no Maven, no network, no way to freeze a process.
   * @throws Error with the last words of a member that did not start.
   */
  static async start(password = "interop-secret"): Promise<CausalCluster> {
    if (process.platform === "win32") throw new Unavailable("Windows has no signal that freezes a process");
    const wanted = release(VERSION);
    const jdk = findJdk(...wanted.jdk);
    const jars = await classPath(
      `neo4j-enterprise-${VERSION}`,
      [`org.neo4j:neo4j-enterprise:${VERSION}`],
      jdk,
    );
    const ports = [];
    for (let i = 0; i <= CORES; i++) {
      const [bolt, discovery, transaction, raft] = await Promise.all(Array.from({ length: 4 }, freePort));
      ports.push({ bolt: bolt!, discovery: discovery!, transaction: transaction!, raft: raft! });
    }
    const discovery = ports.slice(0, CORES).map((own) => `127.0.0.1:${own.discovery}`);
    const common = { discovery, password, release: wanted, jdk, classPath: jars };
    const members = ports.map(
      (own, i) => new CausalMember({ ...common, mode: i < CORES ? "CORE" : "READ_REPLICA", ports: own }),
    );
    const cluster = new CausalCluster(members, password);
    try {
      // Wait for all, since only a member that has started can be removed.
      const starts = await Promise.allSettled(members.map((member) => member.start()));
      for (const start of starts) if (start.status === "rejected") throw start.reason as Error;
      await cluster.leader();
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
    return cluster;
  }

  get cores(): readonly CausalMember[] {
    return this.members.filter(({ mode }) => mode === "CORE");
  }

  /** The address of a core, which may not be the leader; offers one Bolt version, or both that the cluster speaks. */
  place(versions: readonly string[] = VERSIONS): Place {
    return { uri: `neo4j://${this.cores[1]!.address}`, user: "neo4j", password: this.#password, versions };
  }

  /** Returns the member that says it leads; waits until one does. */
  async leader(): Promise<CausalMember> {
    let leader: CausalMember | undefined;
    const found = async (): Promise<boolean> => {
      const cores = this.cores.filter(({ up }) => up);
      const roles = await Promise.all(cores.map((core) => core.role().catch(() => undefined)));
      leader = cores[roles.indexOf("LEADER")];
      return leader !== undefined;
    };
    await soon("a leader", found, 60_000);
    return leader!;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.members.map((member) => member.remove()));
  }
}
