// Which four words a client puts into its handshake for the versions that it wants. Pure planning: no bytes, no
// connection.
//
// The plan follows from how servers understand a word:
// - Neo4j 5.26 and later know the manifest marker. It covers every version wanted, and 6.x is asked for through it,
//   because the official drivers do so too. All older servers take it for an unknown version and skip it.
// - Neo4j 4.2 and later understand ranges. Older ones compare all four bytes, so 4.1, 4.0 and everything below need a
//   word of their own.
// - Every 4.x server also speaks the lower 4.x versions and 3; 3.5 speaks 3, 2 and 1.
//
// With every version wanted the four words are the manifest, 5.8-5.0, 4.4-4.0 and 3, which reach every server since 3.5.
// 2 and 1 get no word (unlike 3, they would not reach 4.0 and 4.1): ask for them explicitly.
import { MANIFEST } from "./handshake.ts";
import { type BoltVersion, VersionRange, expand, parseVersions, toRanges } from "./version.ts";

/** The four slots of a client's handshake and the versions that they cover. */
export interface ProposalPlan {
  /** One to four words in order of preference; the manifest marker shows as `255.1`. */
  readonly slots: readonly VersionRange[];
  /** Every version wanted, in order of preference. Through a manifest any of them can be chosen. */
  readonly wanted: readonly BoltVersion[];
  /** The versions that the slots ask for: `wanted` without those for which no slot was left. */
  readonly offered: readonly BoltVersion[];
}

const SLOTS = 4;

/**
 * Plans the slots.
 *
 * 1. Every entry of `versions` becomes a word, in the caller's order. The manifest marker replaces the first 6.x entry,
 *    and the other 6.x entries are dropped. With `"auto"` there is a marker if several versions are wanted, one of them
 *    6.x; a single version gets its plain word, which every server understands.
 * 2. If there are more than four words, neighbours that form a range are joined; words still left over are not offered.
 * 3. If there are fewer than four, those of 4.0, 4.1 and 4.2 that are part of a range also get a word of their own after
 *    it, for servers without ranges; in this order, because the lowest reaches all of those servers.
 * 4. If slots are still free, the 6.x entries get their plain words after the marker, for servers without a manifest.
 *
 * Spec: bolt handshake.
 * @throws RangeError if `versions` is empty or has an invalid or unsupported entry
 */
export function planProposals(
  versions?: readonly string[],
  manifest: boolean | "auto" = "auto",
): ProposalPlan {
  // The default plan, which nearly every connection uses, is made once: planning takes half of a handshake's time.
  if (versions === undefined && manifest === "auto") return (usual ??= plan(versions, manifest));
  return plan(versions, manifest);
}

let usual: ProposalPlan | undefined;

function plan(versions: readonly string[] | undefined, manifest: boolean | "auto"): ProposalPlan {
  const ranges = parseVersions(versions);
  const wanted = expand(ranges);
  const modern = ranges.filter(isModern);
  const marker = manifest === "auto" ? wanted.length > 1 && modern.length > 0 : manifest;

  // The Set drops all markers but the first.
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
