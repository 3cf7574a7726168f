import { describe, expect, test } from "vitest";
import { BoltVersion, SUPPORTED_VERSIONS, VersionRange, expand, parseVersions, toRanges } from "./version.ts";

describe("BoltVersion", () => {
  test.each([
    ["5.4", 5, 4, "5.4"],
    ["4.0", 4, 0, "4.0"],
    ["6.1", 6, 1, "6.1"],
    ["3", 3, 0, "3"],
    ["3.0", 3, 0, "3"],
    ["1", 1, 0, "1"],
    ["12.10", 12, 10, "12.10"],
  ])("reads %s", (text, major, minor, printed) => {
    const version = BoltVersion.parse(text);
    expect(version).toEqual({ major, minor });
    expect(version.toString()).toBe(printed);
  });

  test.each([
    "",
    "5",
    "5.",
    ".4",
    "5.4.1",
    "v5.4",
    "five",
    "0",
    "0.1",
    "-1",
    "5,4",
    "5.04",
    "5.4-5.0",
    " 5.4",
    "5.4e1",
    "123",
  ])("refuses %j", (text) => {
    expect(() => BoltVersion.parse(text)).toThrow(RangeError);
    expect(() => BoltVersion.parse(text)).toThrow(`got "${text}"`);
  });

  test("is not a float: 5.10 is newer than 5.9", () => {
    expect(BoltVersion.parse("5.10").compare(BoltVersion.parse("5.9"))).toBeGreaterThan(0);
  });

  test("compares", () => {
    const version = new BoltVersion(5, 4);
    expect(version.atLeast(5)).toBe(true);
    expect(version.atLeast(5, 4)).toBe(true);
    expect(version.atLeast(4, 9)).toBe(true);
    expect(version.atLeast(5, 5)).toBe(false);
    expect(version.atLeast(6)).toBe(false);
    expect(version.equals(new BoltVersion(5, 4))).toBe(true);
    expect(version.equals(new BoltVersion(4, 5))).toBe(false);
    expect(
      ["5.4", "3", "6.1", "4.4", "5.10"]
        .map(BoltVersion.parse)
        .toSorted((a, b) => a.compare(b))
        .join(" "),
    ).toBe("3 4.4 5.4 5.10 6.1");
  });
});

describe("VersionRange", () => {
  test.each([
    ["5.8-5.0", 5, 8, 8],
    ["4.4-4.2", 4, 4, 2],
    ["4.4", 4, 4, 0],
    ["4.4-4.4", 4, 4, 0],
    ["3", 3, 0, 0],
  ])("reads %s", (text, major, minor, range) => {
    expect(VersionRange.parse(text)).toEqual({ major, minor, range });
  });

  test.each(["5.8-5.0", "4.4-4.2", "4.4", "3", "6.1-6.0"])("prints %s unchanged", (text) => {
    expect(VersionRange.parse(text).toString()).toBe(text);
  });

  test.each(["", "-", "5.8-", "-5.0", "5.0-5.8", "5.8-4.4", "5.8-5.4-5.0", "5.8 - 5.0", "5", "5-4"])(
    "refuses %j",
    (text) => {
      expect(() => VersionRange.parse(text)).toThrow(RangeError);
    },
  );

  test("the error shows how to write a range", () => {
    expect(() => VersionRange.parse("5.0-5.8")).toThrow('expected a range as "5.8-5.0", got "5.0-5.8"');
  });

  test("contains both ends, no other major, and never 5.5", () => {
    const range = VersionRange.parse("5.8-5.0");
    const inside = Array.from({ length: 12 }, (_, minor) => new BoltVersion(5, minor)).filter((v) =>
      range.contains(v),
    );
    expect(inside.join(" ")).toBe("5.0 5.1 5.2 5.3 5.4 5.6 5.7 5.8");
    expect(range.contains(new BoltVersion(4, 4))).toBe(false);
    expect(VersionRange.parse("5.5").contains(new BoltVersion(5, 5))).toBe(false);
    expect(VersionRange.parse("4.4-4.2").contains(new BoltVersion(4, 1))).toBe(false);
    expect(VersionRange.parse("4.4-4.2").contains(new BoltVersion(4, 2))).toBe(true);
  });

  test("ends at minor 0, whatever the range byte says", () => {
    const range = new VersionRange(4, 4, 255);
    expect(range.range).toBe(4);
    expect(range.contains(new BoltVersion(4, 0))).toBe(true);
    expect(range.toString()).toBe("4.4-4.0");
  });
});

test("supported versions, highest first", () => {
  expect(SUPPORTED_VERSIONS.join(" ")).toBe(
    "6.1 6.0 5.8 5.7 5.6 5.4 5.3 5.2 5.1 5.0 4.4 4.3 4.2 4.1 4.0 3 2 1",
  );
});

describe("the versions option", () => {
  test("cuts ranges to what exists and keeps the order", () => {
    expect(parseVersions(["4.4", "5.99-5.3", "6.1-6.0"]).join(" ")).toBe("4.4 5.8-5.3 6.1-6.0");
    expect(parseVersions(["5.6-5.5"]).join(" ")).toBe("5.6");
    expect(parseVersions(["5.5-5.4"]).join(" ")).toBe("5.4");
  });

  test("defaults to every supported version", () => {
    expect(expand(parseVersions())).toEqual(SUPPORTED_VERSIONS);
  });

  test.each(["5.5", "5.9", "7.0", "6.2", "9.9-9.0"])(
    "refuses %s and lists the supported versions",
    (text) => {
      expect(() => parseVersions(["5.4", text])).toThrow(
        `Bolt ${text} is not supported; supported: 6.1, 6.0, 5.8, 5.7, 5.6, 5.4, 5.3, 5.2, 5.1, 5.0, 4.4, 4.3, 4.2, 4.1, 4.0, 3, 2, 1`,
      );
    },
  );

  test("refuses an empty list", () => {
    expect(() => parseVersions([])).toThrow(RangeError);
  });

  test("contains every version once, at its first position", () => {
    expect(expand(parseVersions(["5.1", "5.2-5.0", "4.4"])).join(" ")).toBe("5.1 5.2 5.0 4.4");
  });
});

describe("versions to ranges", () => {
  test("joins neighbours in descending order only", () => {
    expect(ranges(["5.4", "5.3", "5.1", "4.4", "4.3", "3", "2"])).toBe("5.4-5.3 5.1 4.4-4.3 3 2");
    expect(ranges(["5.3", "5.4"])).toBe("5.3 5.4");
    expect(ranges(["5.8", "5.6"])).toBe("5.8 5.6");
  });

  test("joins 5.6 and 5.4 only if not exact", () => {
    expect(ranges(["5.8-5.0"])).toBe("5.8-5.0");
    expect(ranges(["5.8-5.0"], true)).toBe("5.8-5.6 5.4-5.0");
    expect(ranges(["4.4-4.0"], true)).toBe("4.4-4.0");
  });
});

function ranges(texts: string[], exact?: boolean): string {
  return toRanges(expand(parseVersions(texts)), exact).join(" ");
}
