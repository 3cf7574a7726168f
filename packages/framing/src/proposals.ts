/**
 * Which four words a client puts into its handshake for the versions that it wants. Pure planning:
 * no bytes, no connection.
 *
 * What servers make of a word decides the plan:
 * - Neo4j 5.26 and later know the manifest marker. It stands for everything wanted, and it is how 6.x is asked for,
 *   because the drivers do so too. All older servers take it for an unknown version and skip it.
 * - Neo4j 4.2 and later understand ranges. Older ones compare all four bytes, so 4.1, 4.0 and everything below
 *   is reached only by a word of its own.
 * - Every 4.x server speaks the lower 4.x versions and 3 as well; 3.5 speaks 3, 2 and 1.
 *
 * With every version wanted the four words are the manifest, 5.8-5.0, 4.4-4.0 and 3: every server since 3.5 is
 * reached. 2 and 1 get no word (3 reaches 4.0 and 4.1 also, 1 would not) and have to be asked for.
 */
import { MANIFEST } from "./handshake.ts";
import { type BoltVersion, VersionRange, expand, parseVersions, toRanges } from "./version.ts";

/** The four slots of a client's handshake and what they amount to. */
export interface ProposalPlan {
  /** One to four words in order of preference; the manifest marker shows as `255.1`. */
  readonly slots: readonly VersionRange[];
  /** Everything asked for, in order of preference. A server with a manifest may choose any of these. */
  readonly wanted: readonly BoltVersion[];
  /** What the slots ask for: `wanted` without those for which no slot was left. */
  readonly offered: readonly BoltVersion[];
}

const SLOTS = 4;

/**
 * Plans the slots.
 *
 * 1. Every entry of `versions` is a word, in the caller's order. The manifest marker takes the place of the first 6.x
 *    entry and the other 6.x entries give up theirs. `"auto"`: marker when a 6.x version is among several wanted, and
 *    none when a single version is wanted, so that its plain word is understood by every server.
 * 2. More than four words: neighbours that make a range are joined; what is still too much is not offered.
 * 3. Fewer than four: 4.0, 4.1 and 4.2 (in this order, as long as there are slots) out of a range get a word of their own
 *    behind that range, for servers which read literally; the lowest first because it reaches all of those.
 * 4. Still fewer: the 6.x entries get their plain words behind the marker, for servers without a manifest.
 *
 * Spec: bolt handshake.
 * @throws RangeError when `versions` is nonsense
 */
export function planProposals(
  versions?: readonly string[],
  manifest: boolean | "auto" = "auto",
): ProposalPlan {
  // What nearly every connection asks for is planned once: planning takes half of a handshake's time.
  if (versions === undefined && manifest === "auto") return (usual ??= plan(versions, manifest));
  return plan(versions, manifest);
}

let usual: ProposalPlan | undefined;

function plan(versions: readonly string[] | undefined, manifest: boolean | "auto"): ProposalPlan {
  const ranges = parseVersions(versions);
  const wanted = expand(ranges);
  const modern = ranges.filter(isModern);
  const marker = manifest === "auto" ? wanted.length > 1 && modern.length > 0 : manifest;

  // A set keeps the first of several markers.
  const place = (list: VersionRange[]): VersionRange[] =>
    marker
      ? [
          ...new Set([
            ...(modern.length ? [] : [MANIFEST]),
            ...list.map((range) => (isModern(range) ? MANIFEST : range)),
          ]),
        ]
      : list;
  let slots = place(ranges);
  if (slots.length > SLOTS) slots = place(toRanges(wanted)).slice(0, SLOTS);

  for (const plain of [...["4.0", "4.1", "4.2"].map(VersionRange.parse), ...modern.toReversed()]) {
    const home = slots.findIndex((slot) => (slot === MANIFEST || slot.range > 0) && reaches(slot, plain));
    if (home >= 0 && slots.length < SLOTS && !slots.some((slot) => String(slot) === String(plain))) {
      slots.splice(home + 1, 0, plain);
    }
  }
  const offered = wanted.filter((version) => slots.some((slot) => reaches(slot, version)));
  return { slots, wanted, offered };
}

interface MajorMinor {
  readonly major: number;
  readonly minor: number;
}

function reaches(slot: VersionRange, version: MajorMinor): boolean {
  return slot === MANIFEST ? isModern(version) : slot.contains(version);
}

function isModern({ major }: MajorMinor): boolean {
  return major > 5;
}
