import { describe, expect, test } from "vitest";
import { word } from "./handshake.ts";
import { planProposals } from "./proposals.ts";

const words = (versions?: readonly string[], manifest?: boolean | "auto"): string =>
  planProposals(versions, manifest)
    .slots.map((slot) =>
      word(slot)
        .map((byte) => byte.toString(16).padStart(2, "0"))
        .join(""),
    )
    .join(" ");

describe("slots", () => {
  test.each<[string, string[] | undefined, string]>([
    [
      "everything: like the official drivers, plus 4.1 and 4.0",
      undefined,
      "000001ff 00080805 00040404 00000003",
    ],
    ["the drivers' own set", ["6.1-6.0", "5.8-5.0", "4.4-4.2", "3"], "000001ff 00080805 00020404 00000003"],
    ["one version: its plain word", ["5.4"], "00000405"],
    ["one 6.x version: its plain word, which every server understands", ["6.1"], "00000106"],
    ["several 6.x: manifest, then the plain range for servers without it", ["6.1-6.0"], "000001ff 00010106"],
    ["5.x needs no manifest", ["5.8-5.0"], "00080805"],
    ["5.x below 5.5", ["5.4-5.0"], "00040405"],
    [
      "4.x: versions that only plain words reach get one each",
      ["4.4-4.0"],
      "00040404 00000204 00000104 00000004",
    ],
    [
      "one slot left: the lowest version, which all of those servers speak",
      ["5.8-5.0", "4.4-4.0", "3"],
      "00080805 00040404 00000004 00000003",
    ],
    ["two slots left", ["4.4-4.0", "3"], "00040404 00000104 00000004 00000003"],
    ["only 4.2 is in the range", ["4.4-4.2"], "00020404 00000204"],
    ["a range that needs no plain words", ["4.4-4.3"], "00010404"],
    ["plain words as given", ["4.2", "4.1", "4.0", "3"], "00000204 00000104 00000004 00000003"],
    ["no word twice", ["4.2-4.0", "4.0"], "00020204 00000204 00000104 00000004"],
    ["old versions", ["3", "2", "1"], "00000003 00000002 00000001"],
    ["the caller's order", ["3", "4.4", "5.8-5.6"], "00000003 00000404 00020805"],
    ["the marker replaces the first 6.x entry", ["5.4", "6.1-6.0"], "00000405 000001ff 00010106"],
    ["two 6.x entries, one marker", ["6.0", "4.4", "6.1"], "000001ff 00000006 00000106 00000404"],
    ["more than four: neighbours are joined", ["5.4", "5.3", "5.2", "5.1", "5.0"], "00040405"],
    [
      "more than four: joined, and plain words in the free slots",
      ["4.4", "4.3", "4.2", "4.1", "4.0"],
      "00040404 00000204 00000104 00000004",
    ],
    [
      "more than four that cannot be joined: the first four",
      ["5.0", "5.2", "5.4", "4.4", "3"],
      "00000005 00000205 00000405 00000404",
    ],
    ["5.6 and 5.4 are neighbours", ["5.7", "5.6", "5.4", "5.3", "4.4"], "00040705 00000404"],
  ])("%s", (_name, versions, expected) => {
    expect(words(versions)).toBe(expected);
  });

  test("the manifest can be forced and forbidden", () => {
    expect(words(undefined, false)).toBe("00010106 00080805 00040404 00000003");
    expect(words(["5.8-5.0"], true)).toBe("000001ff 00080805");
    expect(words(["6.1"], true)).toBe("000001ff 00000106");
    expect(words(["6.1-6.0"], false)).toBe("00010106");
  });

  test("no slot begins or ends at 5.5, or asks for more than was wanted", () => {
    for (const versions of [undefined, ["5.8-5.4"], ["5.6", "5.4"], ["5.6-5.4"], ["5.8", "5.6"]]) {
      const { slots, wanted } = planProposals(versions);
      for (const slot of slots) {
        expect(slot.toString()).not.toMatch(/^5\.5|-5\.5$/);
        for (let minor = slot.minor - slot.range; minor <= slot.minor && slot.major < 255; minor++) {
          const version = { major: slot.major, minor };
          if (slot.contains(version)) expect(wanted.some((own) => own.compare(version) === 0)).toBe(true);
        }
      }
    }
  });
});

describe("offered versions", () => {
  test("by default all but 2 and 1, which can still be chosen through a manifest", () => {
    const { wanted, offered } = planProposals();
    expect(wanted).toHaveLength(18);
    expect(offered.join(" ")).toBe("6.1 6.0 5.8 5.7 5.6 5.4 5.3 5.2 5.1 5.0 4.4 4.3 4.2 4.1 4.0 3");
  });

  test("all, when there is a slot for each", () => {
    for (const versions of [
      ["5.4"],
      ["6.1"],
      ["6.1-6.0", "5.8-5.0", "4.4-4.2", "3"],
      ["3", "2", "1"],
      ["4.4-4.0"],
    ]) {
      const { wanted, offered } = planProposals(versions);
      expect(offered).toEqual(wanted);
    }
  });

  test("not 6.x if even the marker got no slot", () => {
    const { slots, offered } = planProposals(["3", "2", "1", "4.0", "6.1"]);
    expect(slots.join(" ")).toBe("3 2 1 4.0");
    expect(offered.join(" ")).toBe("3 2 1 4.0");
  });

  test("wanted is in the caller's order", () => {
    expect(planProposals(["4.4", "6.1-6.0", "5.2-5.0"]).wanted.join(" ")).toBe("4.4 6.1 6.0 5.2 5.1 5.0");
  });

  test("invalid versions are refused", () => {
    expect(() => planProposals([])).toThrow(RangeError);
    expect(() => planProposals(["5.5"])).toThrow(RangeError);
    expect(() => planProposals(["latest"])).toThrow(RangeError);
  });
});
