// Structures as bytes, in both directions and on every version: those that a version has are read and written as in
// the table, others are refused. The temporal, spatial, graph and vector bytes were recorded from Neo4j 3.5 to 2026.
import { PackError, SUPPORTED_VERSIONS, Structure, UnpackError } from "@bolt/framing";
import { describe, expect, test } from "vitest";
import {
  Date,
  DateTime,
  DateTimeZoneId,
  Duration,
  LocalDateTime,
  LocalTime,
  Node,
  Path,
  Point2D,
  Point3D,
  Relationship,
  Time,
  UnboundRelationship,
  UnsupportedType,
  Vector,
} from "../src/structures/index.ts";
import { codec } from "./structures.ts";

interface Golden {
  readonly name: string;
  readonly hex: string;
  readonly value: unknown;
  /** First and last major version. */
  readonly since: number;
  readonly until?: number;
  /** With the UTC patch or without it; from 5.0 on it is always there. */
  readonly utc?: boolean;
  /** Only servers write it. */
  readonly serverOnly?: boolean;
}

const legacy = { since: 2, until: 4, utc: false } as const;
const utc = { since: 4, utc: true } as const;
const graph4 = { since: 1, until: 4, serverOnly: true } as const;
const graph5 = { since: 5, serverOnly: true } as const;

const ann4 = new Node(108, ["Person", "Admin"], { name: "Ann", age: 42 });
const bob4 = new Node(109, ["Person"], { name: "Bob" });
const ann = new Node(15, ["Person", "Admin"], { name: "Ann", age: 42 }, "4:x:15");
const bob = new Node(18, ["Person"], { name: "Bob" }, "4:x:18");
const ann4Hex = "b34e6c9286506572736f6e8541646d696ea2846e616d6583416e6e836167652a";
const bob4Hex = "b34e6d9186506572736f6ea1846e616d6583426f62";
const annHex = "b44e0f9286506572736f6e8541646d696ea2846e616d6583416e6e836167652a86343a783a3135";
const bobHex = "b44e129186506572736f6ea1846e616d6583426f6286343a783a3138";
const knows4Hex = "b37246854b4e4f5753a18573696e6365c907cf";
const knowsHex = "b47200854b4e4f5753a18573696e6365c907cf85353a783a30";

const GOLDEN: readonly Golden[] = [
  { name: "Node", hex: ann4Hex, value: ann4, ...graph4 },
  { name: "Node with element id", hex: annHex, value: ann, ...graph5 },
  {
    name: "Relationship",
    hex: "b552466c6d854b4e4f5753a18573696e6365c907cf",
    value: new Relationship(70, 108, 109, "KNOWS", { since: 1999 }),
    ...graph4,
  },
  {
    name: "Relationship with element ids",
    hex: "b852000f12854b4e4f5753a18573696e6365c907cf85353a783a3086343a783a313586343a783a3138",
    value: new Relationship(0, 15, 18, "KNOWS", { since: 1999 }, "5:x:0", "4:x:15", "4:x:18"),
    ...graph5,
  },
  {
    name: "UnboundRelationship",
    hex: knows4Hex,
    value: new UnboundRelationship(70, "KNOWS", { since: 1999 }),
    ...graph4,
  },
  {
    name: "UnboundRelationship with element id",
    hex: knowsHex,
    value: new UnboundRelationship(0, "KNOWS", { since: 1999 }, "5:x:0"),
    ...graph5,
  },
  {
    name: "Path",
    hex: `b35092${ann4Hex}${bob4Hex}91${knows4Hex}920101`,
    value: new Path([ann4, bob4], [new UnboundRelationship(70, "KNOWS", { since: 1999 })], [1, 1]),
    ...graph4,
  },
  {
    name: "Path against the direction",
    hex: `b35092${bobHex}${annHex}91${knowsHex}92ff01`,
    value: new Path([bob, ann], [new UnboundRelationship(0, "KNOWS", { since: 1999 }, "5:x:0")], [-1, 1]),
    ...graph5,
  },
  { name: "Path of one node", hex: `b35091${annHex}9090`, value: new Path([ann], [], []), ...graph5 },

  { name: "Date", hex: "b144c94d46", value: new Date(19782), since: 2 },
  { name: "Date before 1970", hex: "b144cafff4c6db", value: new Date(-735525), since: 2 },
  {
    name: "Time",
    hex: "b254cb000029327b048f40c91c20",
    value: new Time(45296789000000, 7200),
    since: 2,
  },
  { name: "LocalTime", hex: "b174cb000029327b048f40", value: new LocalTime(45296789000000), since: 2 },
  {
    name: "DateTime, legacy",
    hex: "b346ca65e079f0ca2f072f40c91c20",
    value: new DateTime(1709202896, 789000000, 7200),
    ...legacy,
  },
  {
    name: "DateTime, UTC",
    hex: "b349ca65e05dd0ca2f072f40c91c20",
    value: new DateTime(1709202896, 789000000, 7200),
    ...utc,
  },
  {
    name: "DateTime of the specification, legacy",
    hex: "b346c91fa42ac90e10",
    value: new DateTime(4500, 42, 3600),
    ...legacy,
  },
  {
    name: "DateTime of the specification, UTC",
    hex: "b349c911942ac90e10",
    value: new DateTime(4500, 42, 3600),
    ...utc,
  },
  {
    name: "DateTimeZoneId, legacy",
    hex: "b366ca65e079f0ca2f072f40d0104575726f70652f53746f636b686f6c6d",
    value: new DateTimeZoneId(1709206496, 789000000, "Europe/Stockholm"),
    ...legacy,
  },
  {
    name: "DateTimeZoneId, UTC",
    hex: "b369ca65e06be0ca2f072f40d0104575726f70652f53746f636b686f6c6d",
    value: new DateTimeZoneId(1709206496, 789000000, "Europe/Stockholm"),
    ...utc,
  },
  {
    name: "DateTimeZoneId with an offset for a name, legacy",
    hex: "b366c90e1000862b30313a3030",
    value: new DateTimeZoneId(0, 0, "+01:00"),
    ...legacy,
  },
  {
    name: "DateTimeZoneId of a zone that nobody knows, UTC",
    hex: "b36900008a4d6f6f6e2f547963686f",
    value: new DateTimeZoneId(0, 0, "Moon/Tycho"),
    ...utc,
  },
  {
    name: "LocalDateTime",
    hex: "b264ca65e079f0ca2f072f40",
    value: new LocalDateTime(1709210096, 789000000),
    since: 2,
  },
  {
    name: "LocalDateTime of Neo4j's last second",
    hex: "b264cb00701cd2f8b2f3ff00",
    value: new LocalDateTime(31556889832780799n, 0),
    since: 2,
  },
  {
    name: "Duration",
    hex: "b4450e03c93972ca2f072f40",
    value: new Duration(14, 3, 14706, 789000000),
    since: 2,
  },
  {
    name: "Duration, negative and large",
    hex: "b445cb8000000000000000f1ffca1dcd6500",
    value: new Duration(-(2n ** 63n), -15, -1, 500000000),
    since: 2,
  },
  {
    name: "Point2D",
    hex: "b358c91c23c13ff8000000000000c1c004000000000000",
    value: new Point2D(7203, 1.5, -2.5),
    since: 2,
  },
  {
    name: "Point3D with whole coordinates",
    hex: "b459c923c5c13ff0000000000000c14000000000000000c14008000000000000",
    value: new Point3D(9157, 1, 2, 3),
    since: 2,
  },
  { name: "int8", hex: "b256cc01c8cc030102fd", value: new Vector("int8", [1, 2, -3]), since: 6 },
  { name: "int16", hex: "b256cc01c9cc040001fffe", value: new Vector("int16", [1, -2]), since: 6 },
  { name: "int32", hex: "b256cc01cacc0800000001fffffffe", value: new Vector("int32", [1, -2]), since: 6 },
  {
    name: "int64",
    hex: "b256cc01cbcc100000000000000001fffffffffffffffe",
    value: new Vector("int64", [1n, -2n]),
    since: 6,
  },
  {
    name: "float32",
    hex: "b256cc01c6cc083fc00000c0200000",
    value: new Vector("float32", [1.5, -2.5]),
    since: 6,
  },
  {
    name: "float64",
    hex: "b256cc01c1cc103ff8000000000000c004000000000000",
    value: new Vector("float64", [1.5, -2.5]),
    since: 6,
  },
  { name: "empty vector", hex: "b256cc01c8cc00", value: new Vector("int8", []), since: 6 },
  {
    name: "UnsupportedType",
    hex: "b43f84555549440601a0",
    value: new UnsupportedType("UUID", "6.1"),
    since: 6,
    serverOnly: true,
  },
  {
    name: "UnsupportedType with a message",
    hex: "b43f84555549440601a1876d6573736167658161",
    value: new UnsupportedType("UUID", "6.1", "a"),
    since: 6,
    serverOnly: true,
  },
];

const CONNECTIONS = SUPPORTED_VERSIONS.flatMap((version) =>
  [false, true].map((patch) => ({
    bolt: String(version),
    major: version.major,
    utc: patch,
    patched: version.atLeast(5) || (patch && version.atLeast(4, 3)),
  })),
);

for (const { name, hex: spaced, value, since, until = 99, utc: patch, serverOnly = false } of GOLDEN) {
  const hex = spaced.replaceAll(" ", "");
  test(name, () => {
    for (const { bolt, major, utc: granted, patched } of CONNECTIONS) {
      const client = codec({ bolt, utc: granted, role: "client" });
      const server = codec({ bolt, utc: granted, role: "server" });
      if (major >= since && major <= until && (patch ?? patched) === patched) {
        expect(client.read(hex), bolt).toStrictEqual(value);
        expect(server.write(value), bolt).toBe(hex);
        if (serverOnly) {
          expect(() => server.read(hex)).toThrow(/is no parameter at byte 0$/);
          expect(() => client.write([{ x: value }])).toThrow(/only servers send it at \$\[0\]\.x$/);
        } else {
          expect(server.read(hex), bolt).toStrictEqual(value);
          expect(client.write(value), bolt).toBe(hex);
        }
      } else if (!(serverOnly && major >= since) && !(serverOnly && major <= until)) {
        for (const { read } of [client, server]) expect(() => read(hex), bolt).toThrow(UnpackError);
      }
    }
  });
}

describe("a structure that the version does not have", () => {
  test("is refused by name when it arrives", () => {
    const reasons = [
      ["1", false, "b14400", "Bolt 1 has no structure 0x44 (Date) at byte 0"],
      ["4.2", false, "b349000000", "Bolt 4.2 without UTC patch has no structure 0x49 (DateTime) at byte 0"],
      ["4.2", true, "b349000000", "Bolt 4.2 without UTC patch has no structure 0x49 (DateTime) at byte 0"],
      ["4.4", true, "b346000000", "Bolt 4.4 with UTC patch has no structure 0x46 (DateTime) at byte 0"],
      ["5.0", false, "b3660000815a", "Bolt 5.0 has no structure 0x66 (DateTimeZoneId) at byte 0"],
      ["5.8", true, "91b256c0c0", "Bolt 5.8 has no structure 0x56 (Vector) at byte 1"],
    ] as const;
    for (const [bolt, patch, hex, message] of reasons) {
      for (const role of ["client", "server"] as const) {
        const { read } = codec({ bolt, utc: patch, role });
        expect(() => read(hex)).toThrow(expect.objectContaining({ reason: "structure", message }));
      }
    }
  });

  test.each(["1", "4.4", "5.8", "6.1"])("is kept by a client of %s when no version has it", (bolt) => {
    const { read } = codec({ bolt, role: "client" });
    expect(read("92c0b201c08101")).toStrictEqual([null, new Structure(1, [null, "\u0001"])]);
    expect(read("b0ff")).toStrictEqual(new Structure(0xff, []));
    const server = codec({ bolt, role: "server" });
    expect(() => server.read("92c0b101c0")).toThrow(`Bolt ${bolt} has no structure 0x1 at byte 2`);
    expect(() => server.read("b0ff")).toThrow(`Bolt ${bolt} has no structure 0xff at byte 0`);
  });

  test("is refused when sending it, with the version that it needs", () => {
    for (const role of ["client", "server"] as const) {
      const { write } = codec({ bolt: "5.8", role });
      expect(() => write({ v: new Vector("int8", []) })).toThrow("Vector needs Bolt 6.0, this is 5.8 at $.v");
    }
    const { write } = codec({ bolt: "1" });
    const values = [
      new Date(0),
      new Time(0, 0),
      new LocalTime(0),
      new DateTime(0, 0, 0),
      new DateTimeZoneId(0, 0, "UTC"),
      new LocalDateTime(0, 0),
      new Duration(0, 0, 0),
      new Point2D(0, 0, 0),
      new Point3D(0, 0, 0, 0),
      new globalThis.Date(0),
    ];
    for (const value of values) {
      expect(() => write(value)).toThrow(PackError);
      expect(() => write(value)).toThrow(/^\w+ needs Bolt 2\.0, this is 1 at \$$/);
    }
    expect(() => codec({ role: "client", bolt: "3" }).write(ann)).toThrow(
      "Node cannot be a parameter: only servers",
    );
  });

  test("can still be sent as a raw Structure", () => {
    expect(codec({ bolt: "1" }).write(new Structure(0x44, [1]))).toBe("b14401");
  });
});

test("old forms of the graph are accepted on new versions, with decimal element ids", () => {
  const { read } = codec({ bolt: "5.8" });
  expect(read(ann4Hex)).toStrictEqual(new Node(108, ["Person", "Admin"], { name: "Ann", age: 42 }, "108"));
  expect(read("b552466c6d81 58a0")).toStrictEqual(
    new Relationship(70, 108, 109, "X", {}, "70", "108", "109"),
  );
  expect(read("b37246 8158a0")).toStrictEqual(new UnboundRelationship(70, "X", {}, "70"));
  expect(read(`b35092${ann4Hex}${bobHex}91${knows4Hex}920101`)).toBeInstanceOf(Path);
});

test("tables are made once for each kind of connection, and not touched by overrides", () => {
  const one = codec({ bolt: "4.4", utc: true });
  const same = codec({ bolt: "4.4", utc: true });
  expect(same.unpacker.structures).toBe(one.unpacker.structures);
  expect(same.packer.structures).toBe(one.packer.structures);
  expect(codec({ bolt: "4.4" }).unpacker.structures).not.toBe(one.unpacker.structures);
  expect(codec({ bolt: "5.4", utc: true }).unpacker.structures).toBe(codec().unpacker.structures);
  const own = codec({ bolt: "4.4", utc: true, readers: { 0x44: (u) => u.read() }, writers: new Map() });
  expect(own.read("b14405")).toBe(5);
  expect(one.read("b14405")).toStrictEqual(new Date(5));
});
