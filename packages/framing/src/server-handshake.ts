// The server's side of the handshake, classic and manifest. Every answer leaves in one piece, because the official
// drivers expect it in one received buffer. Knows no socket: it recognises HTTP and TLS, but does not speak them.
import { Handshake, MAGIC, MANIFEST, NONE, word } from "./handshake.ts";
import { type BoltVersion, expand, parseVersions, toRanges } from "./version.ts";

/** Options of {@link ServerHandshake}. */
export interface ServerHandshakeOptions {
  /** Versions and ranges to serve, in any order: the client's order decides. Default: every supported version. */
  versions?: readonly string[] | undefined;
}

/**
 * One handshake; not reusable. Pass the client's 20 bytes to `receive` and write `bytesToSend()`; `nextEvent()` then has
 * the version, or has it once the client has chosen from the manifest. Like Neo4j, it answers the manifest marker if it
 * serves a version from 5.7 on; otherwise the marker counts as an unknown version.
 * Spec: bolt handshake, handshake manifest v1.
 */
export class ServerHandshake extends Handshake {
  /** @throws RangeError if `versions` is empty or has an invalid or unsupported entry */
  constructor(options: ServerHandshakeOptions = {}) {
    super(
      expand(parseVersions(options.versions)).toSorted((a, b) => b.compare(a)),
      "client",
    );
  }

  protected read(): BoltVersion | undefined {
    const { input } = this;
    if (this.manifest) return this.#readChoice();
    if (input.length < 4) return undefined;
    if (MAGIC.some((byte, at) => input[at] !== byte)) throw this.error("magic", "no Bolt handshake");
    if (input.length < 20) return undefined;
    const proposals = [4, 8, 12, 16].map((at) => this.wordAt(at));
    for (const proposal of proposals) {
      if (proposal.contains(MANIFEST) && this.offered[0]?.atLeast(5, 7)) return this.#offerManifest();
      const version = this.offered.find((ours) => proposal.contains(ours));
      if (version) {
        this.output = word(version);
        return this.agree(version, 20);
      }
    }
    this.output = word(NONE);
    const theirs = proposals.filter(({ major }) => major).join(", ");
    throw this.error("no-common-version", "no common version with the client", theirs);
  }

  /** Offers the ranges lowest first, as Neo4j does, and no capabilities. */
  #offerManifest(): BoltVersion | undefined {
    const ranges = toRanges(this.offered, true).toReversed();
    this.output = [...word(MANIFEST), ranges.length, ...ranges.flatMap(word), 0];
    this.input = this.input.slice(20);
    this.manifest = true;
    return this.#readChoice();
  }

  #readChoice(): BoltVersion | undefined {
    const { input } = this;
    if (input.length < 4) return undefined;
    const choice = this.wordAt(0);
    if (!choice.major) throw this.error("no-common-version", "no common version with the client");
    const version = this.offered.find((ours) => !ours.compare(choice));
    if (!version || input[1]) throw this.error("not-offered", `the client chose ${String(choice)}`);
    // None was offered, so none may be chosen.
    const capabilities = this.varintAt(4, 0);
    return capabilities && this.agree(version, capabilities[1]);
  }
}
