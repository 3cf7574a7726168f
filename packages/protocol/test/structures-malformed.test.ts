// Structures whose fields do not fit. A client keeps them as raw Structures and reads on; a server refuses them
// with a message that says what was expected and what came. Either way exactly their fields are consumed.
import { Float, Structure, UnpackError } from "@bolt/framing";
import { describe, expect, test } from "vitest";
import { Date, Node, Path, Point2D } from "../src/structures/index.ts";
import { codec } from "./structures.ts";

const text = (value: string): string =>
  (0x80 + value.length).toString(16) + Buffer.from(value, "latin1").toString("hex");

const NODE = "b34e0190a0";
const REL = "b372018158a0";

/** Hex of a structure, and the problem that is reported. All on Bolt 6.1. */
const MALFORMED: readonly (readonly [name: string, hex: string, problem: string | RegExp])[] = [
  ["Date without fields", "b044", "expected Date(days), got 0 fields at byte 0"],
  ["Date with two fields", "b2440102", "expected Date(days), got 2 fields"],
  ["Date with 16 fields", `dc1044${"01".repeat(16)}`, "expected Date(days), got 16 fields"],
  [
    "Date of a string",
    `b144${text("now")}`,
    'days must be a whole number from -100000000000000 to 100000000000000, got "now"',
  ],
  ["Date of null", "b144c0", "got null"],
  ["Date of a fraction", "b144c13ff8000000000000", "got 1.5"],
  ["Date of NaN", "b144c17ff8000000000000", "got NaN"],
  ["Date beyond all reason", "b144cb7fffffffffffffff", "got 9223372036854775807"],
  ["Time before midnight", "b254ff00", "nanoseconds must be a whole number from 0 to 86399999999999, got -1"],
  ["Time after the day", "b254cb00004e94914f000000", "got 86400000000000"],
  [
    "Time with a far offset",
    "b25400ca0000fd21",
    "tzOffsetSeconds must be a whole number from -64800 to 64800, got 64801",
  ],
  ["Time with a list", "b2540090", "tzOffsetSeconds must be"],
  ["LocalTime of a dictionary", "b174a0", "got an object"],
  [
    "DateTime with nanoseconds of two seconds",
    "b34900ca3b9aca0000",
    "nanoseconds must be a whole number from 0 to 999999999, got 1000000000",
  ],
  ["DateTime of true", "b349c30000", "seconds must be an integer of 64 bits, got true"],
  [
    "DateTime with a zone name",
    `b3490000${text("UTC")}`,
    'tzOffsetSeconds must be a whole number from -64800 to 64800, got "UTC"',
  ],
  ["DateTimeZoneId with an offset", "b369000000", "tzId must be a string, got 0"],
  ["LocalDateTime with negative nanoseconds", "b26400ff", "got -1"],
  ["Duration of a fraction", "b445c13ff8000000000000000000", "months must be an integer of 64 bits, got 1.5"],
  [
    "Duration that overflows",
    `b4450000cb8000000000000000ff`,
    "seconds must be an integer of 64 bits, got -9223372036854775809",
  ],
  ["Point2D with a string", `b35801c13ff8000000000000${text("2")}`, 'y must be a number, got "2"'],
  [
    "Point2D with a third coordinate",
    `b45801${"c13ff8000000000000".repeat(3)}`,
    "expected Point2D(srid, x, y), got 4 fields",
  ],
  ["Point3D without SRID", `b459c0${"c13ff8000000000000".repeat(3)}`, "srid must be a whole number"],
  ["Vector of half an element", "b256cc01c9cc03000102", "data must be a multiple of 2 bytes, got an object"],
  ["Vector of no type", "b256cc01cccc020001", "type must be the byte of a type"],
  ["Vector with a type of two bytes", "b256cc02c8c8cc020001", "type must be the byte of a type"],
  ["Vector with a number for a type", "b25608cc020001", "type must be the byte of a type, got 8"],
  ["Vector of a list", "b256cc01c8920102", "data must be a multiple of 1 bytes, got an object"],
];

/** For these a server always reports that they are no parameters. */
const MALFORMED_GRAPH: readonly (readonly [name: string, hex: string])[] = [
  ["Node with two fields", "b24e0190"],
  ["Node with five fields", "b54e0190a08131c0"],
  ["Node whose id is a string", "b34e813190a0"],
  ["Node whose id is a fraction", "b34ec13ff800000000000090a0"],
  ["Node whose labels are a string", "b34e018141a0"],
  ["Node with a label that is a number", "b34e019101a0"],
  ["Node whose properties are a list", "b34e019090"],
  ["Node whose properties are null", "b34e0190c0"],
  ["Node whose properties are a Date", "b34e0190b14401"],
  ["Node whose element id is null", "b44e0190a0c0"],
  ["Relationship with seven fields", "b7520102038158a081318132"],
  ["Relationship without start", "b55201c0038158a0"],
  ["Relationship whose type is null", "b552010203c0a0"],
  ["Relationship whose end has no element id", "b8520102038158a081318132c0"],
  ["UnboundRelationship whose properties are a string", "b3720181588158"],
  ["Path of no node", "b350909090"],
  ["Path of a node that is a relationship", `b35091${REL}9090`],
  ["Path with a malformed node", "b35091b24e01909090"],
  ["Path of a relationship that is a node", `b35091${NODE}91${NODE}90`],
  ["Path without lists", "b350c0c0c0"],
  ["Path with an odd index", `b35091${NODE}91${REL}9101`],
  ["Path with relationship 0", `b35091${NODE}91${REL}920000`],
  ["Path with relationship 2 of 1", `b35091${NODE}91${REL}920200`],
  ["Path with relationship -2 of 1", `b35091${NODE}91${REL}92fe00`],
  ["Path with node 1 of 1", `b35091${NODE}91${REL}920101`],
  ["Path with node -1", `b35091${NODE}91${REL}9201ff`],
  ["Path with null for a node", `b35091${NODE}91${REL}9201c0`],
  ["Path with a fraction for a node", `b35091${NODE}91${REL}9201c13fe0000000000000`],
  ["Path with an index beyond 2^31", `b35091${NODE}91${REL}92cb000000010000000000`],
  ["Relationship in a path that is bound", `b35091${NODE}91${NODE}920100`],
  ["UnsupportedType whose extra is null", "b43f8455554944 0601c0"],
  ["UnsupportedType with a version that is text", "b43f845555494481368131a0"],
  ["UnsupportedType without a name", "b43fc00601a0"],
];

describe("a client keeps as raw Structure", () => {
  const { read } = codec({ bolt: "6.1" });
  const raw = codec({ bolt: "6.1" });
  raw.unpacker.structures = [];

  test.for([...MALFORMED, ...MALFORMED_GRAPH].map(([name, hex]) => [name, hex.replaceAll(" ", "")] as const))(
    "%s",
    ([, hex]) => {
      // Read inside a list, followed by another item: exactly the fields are consumed.
      const [value, after] = read(`92${hex}05`) as [Structure, unknown];
      expect(value).toBeInstanceOf(Structure);
      expect(after).toBe(5);
      const [expected] = raw.read(`92${hex}05`) as [Structure];
      expect(value.tag).toBe(expected.tag);
      expect(value.fields.length).toBe(expected.fields.length);
    },
  );

  test("with the fields that came, read as the version reads them", () => {
    expect(read("b2440102")).toStrictEqual(new Structure(0x44, [1, 2]));
    expect(read("b24eb1440590")).toStrictEqual(new Structure(0x4e, [new Date(5), []]));
    expect(read(`b35091${NODE}9091c0`)).toStrictEqual(
      new Structure(0x50, [[new Node(1, [], {})], [], [null]]),
    );
  });

  test("but an error inside the fields stays an error", () => {
    expect(() => read("b144c4")).toThrow(expect.objectContaining({ reason: "marker" }));
    expect(() => read("b244c0")).toThrow(UnpackError);
    expect(() => read("b14e90")).not.toThrow();
    expect(() => read("b34e0190")).toThrow(expect.objectContaining({ reason: "truncated" }));
  });
});

describe("a server refuses", () => {
  const { read } = codec({ bolt: "6.1", role: "server" });

  test.for(MALFORMED)("%s", ([, hex, problem]) => {
    const message = expect.stringContaining(problem as string);
    const marker = parseInt(hex.slice(0, 2), 16);
    const facts = { reason: "structure", offset: 1, marker: marker < 0xc0 ? marker : undefined };
    expect(() => read(`91${hex}`)).toThrow(
      expect.objectContaining({ ...facts, ...(marker < 0xc0 ? {} : { offset: expect.any(Number) }) }),
    );
    expect(() => read(hex)).toThrow(expect.objectContaining({ message }));
  });

  test.for(MALFORMED_GRAPH.map(([name, hex]) => [name, hex.replaceAll(" ", "")] as const))(
    "%s",
    ([, hex]) => {
      expect(() => read(`91${hex}`)).toThrow(
        expect.objectContaining({
          reason: "structure",
          offset: 1,
          message: expect.stringMatching(/^\w+ is no parameter at byte 1$/),
        }),
      );
    },
  );

  test("and says what it expected", () => {
    expect(() => read("b24600ff")).toThrow("Bolt 6.1 has no structure 0x46 (DateTime) at byte 0");
    expect(() => read("b2490000")).toThrow(
      "expected DateTime(seconds, nanoseconds, tzOffsetSeconds), got 2 fields at byte 0",
    );
  });
});

describe("what is accepted although it is not quite right", () => {
  test.for(["client", "server"] as const)(
    "whole floats for integers, integers for coordinates: %s",
    (role) => {
      const { read } = codec({ role });
      expect(read("b144c14000000000000000")).toStrictEqual(new Date(2));
      expect(read("b35801 02 03".replaceAll(" ", ""))).toStrictEqual(new Point2D(1, 2, 3));
    },
  );

  test("coordinates in any of the unpacker's forms", () => {
    const wrapped = codec({ unpack: { floats: "wrap", integers: "bigint" } });
    expect(wrapped.read("b35801c13ff800000000000002")).toStrictEqual(new Point2D(1, 1.5, 2));
    // A Float is explicitly no integer.
    expect(wrapped.read("b144c14000000000000000")).toStrictEqual(new Structure(0x44, [new Float(2)]));
  });

  test("a Path whose nodes are of the user's own class, if that extends ours", () => {
    class Mine extends Node {}
    const readers = (type: new (id: number, labels: string[], properties: {}) => unknown) => ({
      0x4e: (u: { read(): unknown }) => new type(u.read() as number, u.read() as string[], u.read() as {}),
    });
    const path = codec({ readers: readers(Mine) }).read(`b35091${NODE}9090`);
    expect((path as Path).start).toBeInstanceOf(Mine);
    class Other {
      readonly own = true;
    }
    const other = codec({ readers: readers(Other) });
    expect(other.read(`b35091${NODE}9090`)).toStrictEqual(new Structure(0x50, [[new Other()], [], []]));
  });
});
