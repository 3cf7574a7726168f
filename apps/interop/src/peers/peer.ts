// A peer: another project's client, wrapped in a small program in `clients/` that plays the scenarios against
// any Bolt server. Types, and a helper for Bolt versions.

/** A Bolt server to test clients against. */
export interface Target {
  /** bolt://, bolt+s:// or bolt+ssc://, with a port. */
  uri: string;
  user: string;
  password: string;
  /** Bolt versions of the server; without them every client is tried. */
  bolt?: readonly string[];
  /** False for a server without a routing table. Default true. */
  routes?: boolean;
  /** Certificate (PEM) of the authority that clients must trust. For bolt+s:// only. */
  ca?: string;
}

export interface Program {
  file: string;
  args: readonly string[];
  env?: Readonly<Record<string, string>>;
  cwd?: string;
}

export interface Peer {
  /** For instance "python 6.4.1 async"; unique. */
  name: string;
  /** Bolt versions that it can be told to use. */
  bolt: readonly string[];
  /** Bolt versions at which it supports neo4j:// URIs. Default: all. */
  routing?: readonly string[];
  /** False if it cannot encrypt, or only in ways that current runtimes refuse. Default true. */
  tls?: boolean;
  /**
   * Installs and compiles what is missing into the cache.
   * @throws Unavailable in one line
   */
  prepare(): Promise<Program>;
}

export interface Outcome {
  scenario: string;
  /** Null: the client or the server does not have the feature. */
  ok: boolean | null;
  ms: number;
  detail: string;
}

export interface Report {
  peer: string;
  /** Why the peer was not run, in one line. */
  skipped?: string;
  outcomes: readonly Outcome[];
}

const ALL = "1 2 3 4.0 4.1 4.2 4.3 4.4 5.0 5.1 5.2 5.3 5.4 5.6 5.7 5.8 6.0 6.1".split(" ");

/** Bolt versions from `from` to `to`, both included. */
export function boltVersions(from: string, to: string): string[] {
  return ALL.slice(ALL.indexOf(from), ALL.indexOf(to) + 1);
}
