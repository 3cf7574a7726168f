// All clients of the checks, in the order of the table.
import { goPeers } from "./go.ts";
import { cypherShellPeer, javaPeers } from "./java.ts";
import { javascriptPeers } from "./javascript.ts";
import type { Peer } from "./peer.ts";
import { pythonPeers } from "./python.ts";
import { rustPeers } from "./rust.ts";

export const PEERS: readonly Peer[] = [
  ...javascriptPeers,
  ...pythonPeers,
  cypherShellPeer,
  ...javaPeers,
  ...goPeers,
  ...rustPeers,
];

/** Returns the peers whose name contains one of these words; without words, all. */
export function findPeers(words: readonly string[]): Peer[] {
  const found = PEERS.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
  if (found.length > 0) return found;
  throw new TypeError(
    `no client is called ${words.join(" or ")}; there are ${PEERS.map(({ name }) => name).join(", ")}`,
  );
}
