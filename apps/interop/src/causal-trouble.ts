// Trouble in a causal cluster, one member at a time: the leader, a follower or the read replica is killed, stopped or
// frozen, and comes back before the next one's turn. Knows what it did, not the effects.
import type { CausalCluster } from "./causal-cluster.ts";
import type { CausalMember } from "./causal-member.ts";

const FAULTS = [
  ["leader", "killed"],
  ["leader", "frozen"],
  ["follower", "killed"],
  ["leader", "stopped"],
  ["replica", "frozen"],
  ["leader", "killed"],
  ["follower", "stopped"],
  ["replica", "killed"],
  ["leader", "frozen"],
  ["follower", "frozen"],
] as const;

/** Longer than an election, so that a leader has lost its role when it thaws. */
const FROZEN_SECONDS = 8;
/** Time between two faults, in which the cluster recovers. */
const CALM_MS = 1500;

/** Makes trouble until the returned function is called, which waits for the last member and returns what was done. */
export function shake(cluster: CausalCluster): () => Promise<string> {
  const enough = new AbortController();
  const done = new Map<string, number>();
  const note = (what: string): void => void done.set(what, (done.get(what) ?? 0) + 1);
  const trouble = async (): Promise<void> => {
    let last: CausalMember | undefined;
    for (let i = 0; !enough.signal.aborted; i++) {
      const [who, what] = FAULTS[i % FAULTS.length]!;
      const leader = await cluster.leader();
      if (last && last !== leader) note("another leader");
      last = leader;
      await hurt(pick(cluster, who, leader), what);
      note(`${who} ${what}`);
      await new Promise((resolve) => setTimeout(resolve, CALM_MS));
    }
  };
  const troubled = trouble();
  // If a member does not come back, stopping reports it.
  troubled.catch(() => {});
  return async () => {
    enough.abort();
    await troubled;
    return [...done].map(([what, times]) => `${what} ${times} ×`).join(", ");
  };
}

function pick(cluster: CausalCluster, who: (typeof FAULTS)[number][0], leader: CausalMember): CausalMember {
  if (who === "leader") return leader;
  if (who === "replica") return cluster.members.at(-1)!;
  return cluster.cores.find((core) => core !== leader)!;
}

async function hurt(member: CausalMember, what: (typeof FAULTS)[number][1]): Promise<void> {
  if (what === "frozen") return await member.freeze(FROZEN_SECONDS);
  await member.end(what === "killed" ? "SIGKILL" : "SIGTERM");
  await member.start();
}
