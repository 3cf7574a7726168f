// The client's side of the handshake: 20 bytes out, a version or a manifest back, in any fragmentation.
// Knows nothing about sockets or messages; bytes that arrive after the handshake are kept for the MessageReader.
import { grow } from "./bytes.ts";
import { Handshake, MAGIC, MANIFEST, NONE, word } from "./handshake.ts";
import { type ProposalPlan, planProposals } from "./proposals.ts";
import { type BoltVersion, type VersionRange } from "./version.ts";

/** A manifest with more entries counts as an attack; a real one has four. */
const MAX_MANIFEST_ENTRIES = 256;

/** Options of {@link ClientHandshake}. */
export interface ClientHandshakeOptions {
  /** Versions and ranges in order of preference. Default: every supported version, highest first. */
  versions?: readonly string[] | undefined;
  /** Whether to ask for the manifest. Default `"auto"`: if several versions are wanted and at least one is 6.x. */
  manifest?: boolean | "auto" | undefined;
}

/**
 * One handshake; not reusable. `bytesToSend()` has the proposals from the start. Pass what comes back to `receive`; then
 * `nextEvent()` has the version, and `bytesToSend()` the answer to a manifest, to which messages may be appended.
 * Spec: bolt handshake, handshake manifest v1.
 */
export class ClientHandshake extends Handshake {
  /** The slots of this handshake and the versions that they cover. */
  readonly plan: ProposalPlan;

  /** @throws RangeError if `versions` is empty or has an invalid or unsupported entry */
  constructor(options: ClientHandshakeOptions = {}) {
    const plan = planProposals(options.versions, options.manifest);
    super(plan.offered, "server");
    this.plan = plan;
    this.output = [...grow(Uint8Array.from([...MAGIC, ...plan.slots.flatMap(word)]), 20)];
  }

  protected read(): BoltVersion | undefined {
    const { input } = this;
    const { slots, wanted } = this.plan;
    if (input.length < 4) return undefined;
    if (input[0]) throw this.error("magic", "no Bolt handshake");
    const answer = this.wordAt(0);
    if (!answer.major) throw this.error("no-common-version", "no common version with the server");
    const slot = !input[1] && slots.find((range) => range.contains(answer));
    if (slot === MANIFEST) return this.#readManifest();
    const version = wanted.find((ours) => !ours.compare(answer));
    if (slot && version) return this.agree(version, 4);
    throw answer.major === MANIFEST.major
      ? this.error("manifest", `the server chose manifest ${answer.minor}`)
      : this.error("not-offered", `the server chose ${String(answer)}`);
  }

  /** Starts over whenever bytes arrive: a manifest has about a kilobyte at most. */
  #readManifest(): BoltVersion | undefined {
    const count = this.varintAt(4, MAX_MANIFEST_ENTRIES);
    if (!count) return undefined;
    const [entries, start] = count;
    const capabilities = this.varintAt(start + 4 * entries, Infinity);
    if (!capabilities) return undefined;
    const theirs: VersionRange[] = [];
    while (theirs.length < entries) theirs.push(this.wordAt(start + 4 * theirs.length));
    const version = this.plan.wanted.find((ours) => theirs.some((range) => range.contains(ours)));

    // The chosen version, or zero for none, and no capabilities: the protocol defines none yet.
    this.output.push(...word(version ?? NONE), 0);
    if (!version)
      throw this.error("no-common-version", "no common version with the server", theirs.join(", "));
    this.manifest = true;
    return this.agree(version, capabilities[1]);
  }
}
