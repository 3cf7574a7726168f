// Temporal forms and custom codecs over whole connections in memory, both ways, old and new versions.
import {
  DateTime,
  DateTimeZoneId,
  Duration,
  LocalTime,
  Node,
  Path,
  Point2D,
  Time,
  Date as BoltDate,
  UnboundRelationship,
} from "@bolt/protocol";
import { describe, expect, test } from "vitest";
import { auth } from "../src/auth.ts";
import { type DriverConfig, resolveConfig } from "../src/config.ts";
import { DirectProvider } from "../src/pool/direct.ts";
import { FakeClock } from "./fake-clock.ts";
import { SimNetwork } from "./sim-server.ts";

/** Sends values through a server that echoes them, and returns what the server saw. */
async function roundTrip(
  config: DriverConfig,
  values: unknown[],
  version = "5.4",
  answer = values,
): Promise<{ back: unknown[]; seen: unknown[] }> {
  const network = new SimNetwork();
  const server = network.server("db:7687");
  server.version = version;
  let seen: unknown[] = [];
  server.on.RUN = ({ parameters }, { protocol }) => {
    seen = parameters["values"] as unknown[];
    protocol.success({ fields: ["values"] });
  };
  server.on.PULL = (_, { protocol }) => {
    protocol.record([answer === values ? seen : answer]);
    protocol.success({ type: "r" });
  };
  const provider = new DirectProvider(
    resolveConfig("bolt://db", auth.none(), { clock: new FakeClock(), dial: network.dial, ...config }),
  );
  const connection = await provider.acquire({ mode: "read", database: undefined, bookmarks: [] });
  const rows = await connection.query("RETURN $values AS values", { values }, {});
  return { back: rows[0]![0] as unknown[], seen };
}

const values = [
  BoltDate.parse("2024-02-29"),
  LocalTime.parse("12:34:56.789"),
  Time.parse("12:34:56+02:00"),
  DateTime.parse("2024-02-29T12:34:56+02:00"),
  DateTimeZoneId.parse("2024-02-29T12:34:56+01:00[Europe/Stockholm]"),
  Duration.parse("P1M2DT3S"),
];

describe("temporal", () => {
  test.each(["5.4", "4.2"])("classes by default, Bolt %s", async (version) => {
    expect((await roundTrip({}, values, version)).back).toEqual(values);
  });

  test.each(["5.4", "4.2"])("as ISO text, Bolt %s", async (version) => {
    const { back } = await roundTrip({ temporal: "string" }, values, version);
    expect(back).toEqual(values.map(String));
  });

  test("as Temporal, or a clear error where the runtime has none", async () => {
    const config: DriverConfig = { temporal: "Temporal" };
    if (!("Temporal" in globalThis)) {
      expect(() => resolveConfig("bolt://db", undefined, config)).toThrow("this runtime has no Temporal");
      return;
    }
    const { back } = await roundTrip(config, values);
    expect(back.map((value) => (value as object).constructor.name)).toEqual([
      "PlainDate",
      "PlainTime",
      "Time",
      "ZonedDateTime",
      "ZonedDateTime",
      "Duration",
    ]);
    // They can be sent back unchanged.
    expect((await roundTrip({}, back)).seen.slice(0, 2)).toEqual(values.slice(0, 2));
  });
});

describe("codecs", () => {
  class Money {
    readonly cents: number;
    constructor(cents: number) {
      this.cents = cents;
    }
  }

  test("the user's own classes are sent as a value that Bolt has", async () => {
    const { seen } = await roundTrip(
      { codecs: [{ type: Money, encode: ({ cents }: Money) => ({ cents }) }] },
      [new Money(5), [new Money(6)]],
    );
    expect(seen).toEqual([{ cents: 5 }, [{ cents: 6 }]]);
    await expect(roundTrip({}, [new Money(5)])).rejects.toMatchObject({ code: "PACK_ERROR" });
  });

  test("the driver's classes become something else in results, old wire forms included", async () => {
    const codecs = [
      { reads: Point2D, decode: ({ x, y }: Point2D) => [x, y] },
      { reads: DateTime, decode: (at: DateTime) => at.toJSDate().getTime() },
    ];
    const sent = [new Point2D(7203, 1, 2), new DateTime(60, 0, 3600)];
    for (const version of ["5.4", "4.2"]) {
      expect((await roundTrip({ codecs }, sent, version)).back).toEqual([[1, 2], 60_000]);
    }
  });

  test("nodes of every version", async () => {
    const codecs = [{ reads: Node, decode: ({ labels, properties }: Node) => ({ labels, ...properties }) }];
    for (const version of ["5.4", "4.4", "3"]) {
      const { back } = await roundTrip({ codecs }, [], version, [new Node(1, ["A"], { b: 2 }, "1")]);
      expect(back).toEqual([{ labels: ["A"], b: 2 }]);
    }
  });

  test("a codec that throws leaves the value unconverted", async () => {
    const decode = (): never => {
      throw new Error("no");
    };
    const point = new Point2D(7203, 1, 2);
    expect((await roundTrip({ codecs: [{ reads: Point2D, decode }] }, [point])).back).toEqual([point]);
  });

  test("reads must be a class of values", () => {
    expect(() =>
      resolveConfig("bolt://db", undefined, { codecs: [{ reads: Money, decode: () => 1 }] }),
    ).toThrow(/reads Money/);
  });
});

test("a path keeps the nodes and relationships that it is made of; what is in them is converted", async () => {
  const a = new Node(1, ["A"], { born: BoltDate.parse("2024-02-29") }, "1");
  const b = new Node(2, ["B"], {}, "2");
  const knows = new UnboundRelationship(3, "KNOWS", {}, "3");
  const path = new Path([a, b], [knows], [1, 1]);
  const codecs = [
    { reads: Node, decode: ({ labels }: Node) => labels.join() },
    { reads: UnboundRelationship, decode: () => "converted" },
  ];
  const { back } = await roundTrip({ codecs, temporal: "string" }, [], "5.4", [path, a, path, b]);
  const shown = new Path([new Node(1, ["A"], { born: "2024-02-29" }, "1"), b], [knows], [1, 1]);
  expect(back).toEqual([shown, "A", shown, "B"]);
});
