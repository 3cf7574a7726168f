// A cluster of SimServers with one leader and a ledger: transactions write entries, COMMIT at the leader keeps
// them. Afterwards a test sees what was committed and how often, and compares it with what the driver said.
import type { Begin, Run } from "@bolt/protocol";
import { type Link, SimNetwork, SimServer, tableOf } from "./sim-server.ts";

export class SimCluster extends SimNetwork {
  readonly members: readonly SimServer[];
  /** Committed entries. */
  readonly ledger: string[] = [];
  leader: SimServer | undefined;
  ttl: number | bigint = 300;

  constructor(size: number) {
    super();
    this.members = Array.from({ length: size }, (_, i) => this.server(`core${i + 1}:7687`));
    this.leader = this.members[0];
    for (const member of this.members) this.#behave(member);
    this.announce();
  }

  /** Makes all members report correctly which servers are up and which one leads. */
  announce(): void {
    const names = this.members.filter(({ up }) => up).map(({ address }) => address);
    const writers = this.leader?.up ? [this.leader.address] : [];
    const readers = names.filter((name) => !writers.includes(name));
    const table = tableOf(
      { routers: names, readers: readers.length > 0 ? readers : names, writers },
      this.ttl,
    );
    for (const member of this.members) member.table = table;
  }

  elect(leader: SimServer | undefined): void {
    this.leader = leader;
    this.announce();
  }

  /** Kills the process: its connections break. */
  kill(member: SimServer): void {
    member.up = false;
    for (const link of member.links) link.close(new Error("connection reset"));
  }

  count(what: string): number {
    return this.members.reduce((sum, member) => sum + member.count(what), 0);
  }

  #behave(member: SimServer): void {
    member.on.BEGIN = (_: Begin, link: Link) => {
      link.work = [];
      link.protocol.success();
    };
    member.on.RUN = (request: Run, link: Link) => {
      const [verb, entry] = request.query.split(" ");
      if (verb === "WRITE" && this.leader !== member) return link.fail("Neo.ClientError.Cluster.NotALeader");
      if (verb === "WRITE") link.work.push(entry!);
      link.protocol.success({ fields: ["at"] });
    };
    member.on.COMMIT = (_, link) => {
      if (link.work.length > 0 && this.leader !== member)
        return link.fail("Neo.ClientError.Cluster.NotALeader");
      this.ledger.push(...link.work.splice(0));
      link.protocol.success({ bookmark: `bm:${this.ledger.length}` });
    };
  }
}
