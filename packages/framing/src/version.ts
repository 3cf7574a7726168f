// Bolt versions and ranges of them, as text and as words of the handshake. A version is two integers and never a float:
// 5.10 is newer than 5.9. Knows nothing about connections.

/** One version of the Bolt protocol. */
export class BoltVersion {
  readonly major: number;
  readonly minor: number;

  constructor(major: number, minor = 0) {
    this.major = major;
    this.minor = minor;
  }

  /**
   * Parses `"5.4"`; up to 3 the minor version may be left out: `"3"`.
   * @throws RangeError for anything else, even `"5"`, which could mean 5.0 or every 5.x
   */
  static parse(this: void, text: string): BoltVersion {
    const [, major, minor] = /^([1-9]\d?)(?:\.(0|[1-9]\d?))?$/.exec(text) ?? [];
    if (!major || (!minor && Number(major) > 3)) {
      throw new RangeError(`expected a Bolt version as "5.4" or "3", got "${text}"`);
    }
    return new BoltVersion(Number(major), Number(minor ?? 0));
  }

  /** `"5.4"`; `"3"` for versions without a minor. */
  toString(): string {
    return this.major > 3 || this.minor ? `${this.major}.${this.minor}` : `${this.major}`;
  }

  /** Whether this version is the given one or a newer one. */
  atLeast(major: number, minor = 0): boolean {
    return this.major > major || (this.major === major && this.minor >= minor);
  }

  equals(other: BoltVersion): boolean {
    return this.compare(other) === 0;
  }

  /** Negative if this version is older, 0 if they are equal, else positive: `sort` puts the oldest first. */
  compare(other: { readonly major: number; readonly minor: number }): number {
    return this.major - other.major || this.minor - other.minor;
  }
}

/**
 * Versions with the same major and consecutive minors, as in one word of the handshake.
 * No range contains 5.5, because no server ever had it. Spec: bolt handshake, version ranges.
 */
export class VersionRange {
  readonly major: number;
  /** The highest minor. */
  readonly minor: number;
  /** How many minors below the highest belong to the range; cut off at minor 0. */
  readonly range: number;

  constructor(major: number, minor: number, range = 0) {
    this.major = major;
    this.minor = minor;
    this.range = Math.min(range, minor);
  }

  /**
   * Parses `"5.8-5.0"` (highest first), `"4.4"` or `"3"`.
   * @throws RangeError for anything else
   */
  static parse(this: void, text: string): VersionRange {
    const [high, low = high, more] = text.split("-").map(BoltVersion.parse);
    if (!high || !low || more || high.major !== low.major || high.minor < low.minor) {
      throw new RangeError(`expected a range as "5.8-5.0", got "${text}"`);
    }
    return new VersionRange(high.major, high.minor, high.minor - low.minor);
  }

  contains({ major, minor }: { readonly major: number; readonly minor: number }): boolean {
    const below = this.minor - minor;
    return major === this.major && below >= 0 && below <= this.range && (major !== 5 || minor !== 5);
  }

  toString(): string {
    const high = new BoltVersion(this.major, this.minor).toString();
    return this.range ? `${high}-${this.major}.${this.minor - this.range}` : high;
  }
}

/** Every version that these packages speak, highest first. */
export const SUPPORTED_VERSIONS: readonly BoltVersion[] =
  /* @__PURE__ */ "6.1 6.0 5.8 5.7 5.6 5.4 5.3 5.2 5.1 5.0 4.4 4.3 4.2 4.1 4.0 3 2 1"
    .split(" ")
    .map(BoltVersion.parse);

/**
 * The ranges in a `versions` option, in the given order of preference and cut down to the versions that exist.
 * @throws RangeError for an invalid entry, one without a supported version (such as `"5.5"`), and an empty list
 */
export function parseVersions(texts?: readonly string[]): VersionRange[] {
  if (!texts) return SUPPORTED_VERSIONS.map(({ major, minor }) => new VersionRange(major, minor));
  if (!texts.length) throw new RangeError("expected at least one Bolt version");
  return texts.map((text) => {
    const [range] = toRanges(expand([VersionRange.parse(text)]));
    if (!range)
      throw new RangeError(`Bolt ${text} is not supported; supported: ${SUPPORTED_VERSIONS.join(", ")}`);
    return range;
  });
}

/** The supported versions in the ranges, each once: in the order of the ranges, highest first within each. */
export function expand(ranges: readonly VersionRange[]): BoltVersion[] {
  return [
    ...new Set(ranges.flatMap((range) => SUPPORTED_VERSIONS.filter((version) => range.contains(version)))),
  ];
}

/**
 * The fewest ranges that contain these versions in this order. 5.8-5.0 is one range; with `exact` it is split at 5.5,
 * which does not exist, as servers do in their manifests.
 */
export function toRanges(versions: readonly BoltVersion[], exact = false): VersionRange[] {
  const ranges: VersionRange[] = [];
  for (const { major, minor } of versions) {
    const last = ranges.at(-1);
    const step = last?.major === major ? last.minor - last.range - minor : 0;
    if (last && (step === 1 || (step === 2 && minor === 4 && !exact))) {
      ranges.pop();
      ranges.push(new VersionRange(major, last.minor, last.minor - minor));
    } else {
      ranges.push(new VersionRange(major, minor));
    }
  }
  return ranges;
}
