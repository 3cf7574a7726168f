import { describe, expect, test } from "vitest";
import { wallToUtc, zoneOffset } from "./zones.ts";

const at = (iso: string): number => Date.parse(`${iso}Z`) / 1000;

describe("offset of a zone at an instant", () => {
  test.for([
    ["Europe/Stockholm", "2024-02-29T11:00", 3600],
    ["Europe/Stockholm", "2024-07-01T00:00", 7200],
    ["America/St_Johns", "2024-01-01T00:00", -12600],
    ["Australia/Lord_Howe", "2024-01-01T00:00", 39600],
    ["Australia/Lord_Howe", "2024-07-01T00:00", 37800],
    ["Asia/Kathmandu", "2024-01-01T00:00", 20700],
    ["Europe/Paris", "1900-01-01T00:00", 561],
    ["America/New_York", "1880-01-01T00:00", -17762],
    ["UTC", "2024-01-01T00:00", 0],
    ["Etc/GMT+5", "2024-01-01T00:00", -18000],
  ] as const)("%s at %s", ([zone, iso, offset]) => {
    expect(zoneOffset(zone, at(iso))).toBe(offset);
  });

  test.for([
    ["Z", 0],
    ["z", 0],
    ["+01:00", 3600],
    ["-01:00", -3600],
    ["+0130", 5400],
    ["+01", 3600],
    ["+1", 3600],
    ["-00:19:32", -1172],
    ["UTC+1", 3600],
    ["GMT-03:30", -12600],
    ["UT+5", 18000],
    ["GMT", 0],
    ["+00:00", 0],
    ["-00:00", 0],
  ] as const)("offset for a name: %s", ([name, offset]) => {
    expect(zoneOffset(name, 0)).toBe(offset);
  });

  test.for(["", "Moon/Tycho", "+25:00", "+01:60", "Europe/", "+", "1", "[]", "x".repeat(10_000)])(
    "unknown: %s",
    (zone) => {
      expect(zoneOffset(zone, 0)).toBeUndefined();
      expect(() => wallToUtc(zone, 0)).toThrow(RangeError);
    },
  );

  test("instants that no JavaScript date can have get the offset of the limit", () => {
    expect(zoneOffset("Europe/Stockholm", 9e15)).toBe(zoneOffset("Europe/Stockholm", 8.64e12));
    expect(zoneOffset("Europe/Paris", -(2n ** 63n))).toBe(561);
  });

  test("more names than are cached", () => {
    for (let round = 0; round < 2; round++) {
      for (let i = 0; i < 300; i++) expect(zoneOffset(`Moon/Crater_${i}`, 0)).toBeUndefined();
      expect(zoneOffset("Europe/Stockholm", 0)).toBe(3600);
    }
  });
});

describe("wall clock to UTC", () => {
  test.for([
    ["ordinary", "Europe/Stockholm", "2024-02-29T12:34:56", "2024-02-29T11:34:56"],
    ["summer", "Europe/Stockholm", "2024-07-01T00:00", "2024-06-30T22:00"],
    ["last second before a gap", "Europe/Stockholm", "2024-03-31T01:59:59", "2024-03-31T00:59:59"],
    ["in a gap: on by the hour, 03:30", "Europe/Stockholm", "2024-03-31T02:30", "2024-03-31T01:30"],
    ["after a gap", "Europe/Stockholm", "2024-03-31T03:00", "2024-03-31T01:00"],
    ["before an overlap", "Europe/Stockholm", "2024-10-27T01:59:59", "2024-10-26T23:59:59"],
    ["in an overlap: the first pass", "Europe/Stockholm", "2024-10-27T02:30", "2024-10-27T00:30"],
    ["after an overlap", "Europe/Stockholm", "2024-10-27T03:00", "2024-10-27T02:00"],
    ["overlap of the west", "America/New_York", "2024-11-03T01:30", "2024-11-03T05:30"],
    ["gap of the west", "America/New_York", "2024-03-10T02:30", "2024-03-10T07:30"],
    ["gap of half an hour", "Australia/Lord_Howe", "2024-10-06T02:15", "2024-10-05T15:45"],
    ["overlap of half an hour", "Australia/Lord_Howe", "2024-04-07T01:45", "2024-04-06T14:45"],
    ["a day that never was", "Pacific/Apia", "2011-12-30T12:00", "2011-12-30T22:00"],
    ["the evening before it", "Pacific/Apia", "2011-12-29T23:00", "2011-12-30T09:00"],
    ["the morning after it", "Pacific/Apia", "2011-12-31T00:00", "2011-12-30T10:00"],
    ["before standard time", "Europe/Paris", "1900-01-01T00:00", "1899-12-31T23:50:39"],
    ["offset for a name", "-01:30", "2024-01-01T00:00", "2024-01-01T01:30"],
  ] as const)("%s", ([, zone, wall, utc]) => {
    expect(wallToUtc(zone, at(wall))).toBe(at(utc));
  });

  test("unambiguous instants come back, every half hour of a year", () => {
    for (const zone of ["Europe/Stockholm", "America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"]) {
      let lost = 0;
      for (let utc = at("2024-01-01T00:00"); utc < at("2025-01-01T00:00"); utc += 1800) {
        const back = Number(wallToUtc(zone, utc + (zoneOffset(zone, utc) ?? 0)));
        if (back !== utc) lost += utc - back;
      }
      // The repeated hour has two samples in its second pass, each an hour early; Lord Howe's half hour has one.
      expect(lost).toBe(zone === "Australia/Lord_Howe" ? 1800 : 7200);
    }
  });
});
