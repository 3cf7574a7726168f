import { ByteWriter, PackError, Structure } from "@bolt/packstream";
import { describe, expect, test, vi } from "vitest";
import { chunked, concat, fromHex, toHex } from "../test/bytes.ts";
import { ClientHandshake } from "./client-handshake.ts";
import { MessageWriter } from "./message-writer.ts";

const sent = (writer: MessageWriter): string | undefined => toHex(writer.bytesToSend());

describe("golden bytes", () => {
  test.each<[string, Structure[], string]>([
    ["RESET", [new Structure(0x0f, [])], "0002 b00f 0000"],
    ["SUCCESS {}", [new Structure(0x70, [{}])], "0003 b170a0 0000"],
    [
      "RUN and PULL in one piece, as sent to Neo4j 2026.08",
      [new Structure(0x10, ["RETURN 1 AS num", {}, {}]), new Structure(0x3f, [{ n: -1 }])],
      "0014 b3108f52455455524e2031204153206e756da0a0 0000 0006 b13fa1816eff 0000",
    ],
  ])("%s", (_name, messages, hex) => {
    const writer = new MessageWriter();
    for (const message of messages) writer.write(message);
    expect(writer.queuedBytes).toBe(fromHex(hex).length);
    expect(sent(writer)).toBe(hex.replaceAll(" ", ""));
    expect(writer.queuedBytes).toBe(0);
    expect(sent(writer)).toBeUndefined();
  });

  test("a handshake's bytes, once, then a message", () => {
    const handshake = new ClientHandshake({ versions: ["4.4"], manifest: false });
    const writer = new MessageWriter();
    writer.handshake(handshake);
    writer.handshake(handshake);
    writer.write(new Structure(0x0f, []));
    expect(sent(writer)).toBe(`6060b01700000404${"00".repeat(12)}0002b00f0000`);
  });

  test("a message written piece by piece between begin and end", () => {
    const writer = new MessageWriter();
    writer.begin();
    writer.packer.writeStructureHeader(0x71, 1);
    writer.packer.writeListHeader(2);
    writer.packer.writeInteger(1);
    writer.packer.write("é");
    writer.end();
    expect(sent(writer)).toBe("0007b171920182c3a90000");
  });
});

describe("chunks", () => {
  const sizes = [
    1, 0xfffe, 0xffff, 0x1_0000, 0x1_0001, 0x1_fffd, 0x1_fffe, 0x1_ffff, 0x2_0000, 0x2_fffd, 0x2_fffe,
    500_000,
  ];

  test.each(sizes)("%d bytes of payload", (size) => {
    const payload = Uint8Array.from({ length: size }, (_, i) => (i * 7 + (i >> 8)) & 0xff);
    const writer = new MessageWriter();
    const before = new Structure(0x0f, []);
    writer.write(before);
    writer.begin();
    writer.packer.writer.putBytes(payload);
    writer.end();
    writer.write(before);
    const frame = fromHex("0002 b00f 0000");
    const expected = concat(frame, chunked(payload), frame);
    expect(writer.queuedBytes).toBe(expected.length);
    expect(Buffer.compare(writer.bytesToSend()!, expected)).toBe(0);
  });

  test("65535 bytes are one chunk, 65536 are two", () => {
    const heads = [0xffff, 0x1_0000].map((size) => {
      const writer = new MessageWriter();
      writer.begin();
      writer.packer.writer.putBytes(new Uint8Array(size).fill(0xaa));
      writer.end();
      const bytes = writer.bytesToSend()!;
      return [toHex(bytes.subarray(0, 3)), toHex(bytes.subarray(0xffff + 2))];
    });
    expect(heads).toEqual([
      ["ffffaa", "0000"],
      ["ffffaa", "0001aa0000"],
    ]);
  });

  test("16 MB: every byte moves at most once", () => {
    const size = 16_000_000;
    const writer = new MessageWriter();
    writer.begin();
    writer.packer.writer.putBytes(new Uint8Array(size));
    let moved = 0;
    const copyWithin = vi.spyOn(Uint8Array.prototype, "copyWithin").mockImplementation(function (
      this: Uint8Array,
      _to: number,
      from: number,
      end = 0,
    ) {
      moved += end - from;
      return this;
    });
    writer.end();
    copyWithin.mockRestore();
    expect(moved).toBe(size - 0xffff);
    expect(writer.bytesToSend()!.length).toBe(size + 2 * Math.ceil(size / 0xffff) + 2);
  });

  test("an empty message cannot be expressed: nothing is queued", () => {
    const writer = new MessageWriter();
    writer.begin();
    writer.end();
    expect(writer.queuedBytes).toBe(0);
    expect(sent(writer)).toBeUndefined();
  });
});

describe("NOOP", () => {
  test("between messages", () => {
    const writer = new MessageWriter();
    writer.noop();
    writer.write(new Structure(0x0f, []));
    writer.noop();
    expect(writer.queuedBytes).toBe(10);
    expect(sent(writer)).toBe("00000002b00f00000000");
  });

  test("not inside a message, which it would end", () => {
    const writer = new MessageWriter();
    writer.begin();
    writer.noop();
    writer.packer.write(new Structure(0x0f, []));
    writer.noop();
    writer.end();
    expect(sent(writer)).toBe("0002b00f0000");
  });
});

describe("unfinished messages are not sent", () => {
  const reset = new Structure(0x0f, []);

  test("a message that cannot be packed leaves nothing behind", () => {
    const writer = new MessageWriter();
    writer.write(reset);
    expect(() => writer.write(new Structure(0x10, ["x".repeat(100_000), { a: [Symbol("no")] }]))).toThrow(
      PackError,
    );
    expect(writer.queuedBytes).toBe(6);
    writer.write(reset);
    expect(sent(writer)).toBe("0002b00f0000".repeat(2));
    expect(() => writer.write(new Structure(0x10, [() => 1]))).toThrow(PackError);
    expect(sent(writer)).toBeUndefined();
  });

  test("an error in the caller's code is passed on, and leaves nothing behind either", () => {
    const writer = new MessageWriter();
    const bad = {
      get value(): never {
        throw new TypeError("mine");
      },
    };
    expect(() => writer.write(new Structure(0x10, [bad]))).toThrow(new TypeError("mine"));
    expect(writer.queuedBytes).toBe(0);
  });

  test("cancel forgets the message, keeps earlier ones, and may be called at any time", () => {
    const writer = new MessageWriter();
    writer.cancel();
    writer.write(reset);
    writer.begin();
    writer.packer.write("half");
    writer.cancel();
    writer.cancel();
    writer.end();
    expect(sent(writer)).toBe("0002b00f0000");
  });

  test("begin forgets a message that was not ended", () => {
    const writer = new MessageWriter();
    writer.begin();
    writer.packer.write("half");
    writer.write(reset);
    expect(sent(writer)).toBe("0002b00f0000");
  });

  test("bytesToSend waits for the end", () => {
    const writer = new MessageWriter();
    writer.write(reset);
    writer.begin();
    writer.packer.writeStructureHeader(0x0f, 0);
    expect(writer.queuedBytes).toBe(6);
    expect(sent(writer)).toBeUndefined();
    writer.end();
    expect(sent(writer)).toBe("0002b00f0000".repeat(2));
  });
});

test("bytes returned by bytesToSend are never overwritten", () => {
  const writer = new MessageWriter();
  const taken: [Uint8Array, string | undefined][] = [];
  for (let i = 0; i < 3000; i++) {
    writer.write(new Structure(0x71, [[i, "text ".repeat(i % 50)]]));
    if (i % 3 === 0) {
      const bytes = writer.bytesToSend()!;
      taken.push([bytes, toHex(bytes)]);
    }
  }
  for (const [bytes, hex] of taken) expect(toHex(bytes)).toBe(hex);
});

test("writes into the caller's ByteWriter", () => {
  const target = new ByteWriter(16);
  const writer = new MessageWriter({ writer: target });
  writer.write(new Structure(0x0f, []));
  expect(target.length).toBe(6);
});
