import { describe, expect, test } from "vitest";
import {
  BINARY,
  CLOSE,
  closeFrame,
  CONTINUATION,
  frame,
  FrameReader,
  NO_TEXT,
  PING,
  PONG,
  PROTOCOL_ERROR,
  TEXT,
} from "./websocket-frames.ts";

const MASK = [0x37, 0xfa, 0x21, 0x3d];

/** A frame as clients send them. */
function masked(
  opcode: number,
  payload: number[],
  { fin = true, rsv = 0, mask = MASK, long = false } = {},
): number[] {
  const { length } = payload;
  const size =
    length < 126 && !long
      ? [length]
      : length < 65_536
        ? [126, length >> 8, length & 255]
        : [127, 0, 0, 0, 0, ...[24, 16, 8, 0].map((s) => (length >> s) & 255)];
  return [
    (fin ? 0x80 : 0) | rsv | opcode,
    0x80 | size[0]!,
    ...size.slice(1),
    ...mask,
    ...payload.map((byte, i) => byte ^ mask[i & 3]!),
  ];
}

/** Reads bytes cut at some places; returns the events, with adjacent data joined. */
function read(bytes: number[], ...cuts: number[]): string[] {
  const log: string[] = [];
  const reader = new FrameReader({
    data: (part) => {
      const text = [...part].join(" ");
      if (log.at(-1)?.startsWith("data")) log[log.length - 1] += ` ${text}`;
      else log.push(`data ${text}`);
    },
    ping: (payload) => log.push(`ping ${[...payload].join(" ")}`),
    close: (code) => log.push(`close ${code}`),
  });
  let start = 0;
  for (const cut of [...cuts, bytes.length]) {
    reader.receive(Uint8Array.from(bytes.slice(start, cut)));
    start = cut;
  }
  return log;
}

describe("frames of a client", () => {
  const talk = [
    ...masked(BINARY, [1, 2, 3]),
    ...masked(PING, [9, 9]),
    ...masked(BINARY, [4], { fin: false }),
    ...masked(PONG, []),
    ...masked(CONTINUATION, [5, 6], { fin: false }),
    ...masked(CONTINUATION, []),
    ...masked(BINARY, [7]),
    ...masked(CLOSE, [3, 233]),
    1,
    2,
    3, // nothing is read after the close frame
  ];
  const events = ["data 1 2 3", "ping 9 9", "data 4 5 6 7", "close 1001"];

  test("whole", () => expect(read(talk)).toEqual(events));
  test("byte by byte", () => expect(read(talk, ...talk.keys())).toEqual(events));
  test("cut in two at every place", () => {
    for (let cut = 0; cut <= talk.length; cut++) expect(read(talk, cut)).toEqual(events);
  });

  test.each([125, 126, 65_535, 65_536, 70_000])("of %i bytes", (length) => {
    const payload = Array.from({ length }, (_, i) => i & 255);
    expect(read(masked(BINARY, payload), 3, 9, 17, 70)).toEqual([`data ${payload.join(" ")}`]);
  });

  test("are accepted when their length takes more bytes than needed", () => {
    expect(read(masked(BINARY, [1], { long: true }))).toEqual(["data 1"]);
  });
});

describe("a client is closed for", () => {
  test.each<[string, number[], number]>([
    ["a frame without a mask", [0x82, 1, 5], PROTOCOL_ERROR],
    ["a reserved bit", masked(BINARY, [1], { rsv: 0x40 }), PROTOCOL_ERROR],
    ["an unknown opcode", masked(3, [1]), PROTOCOL_ERROR],
    ["text", masked(TEXT, [65]), NO_TEXT],
    ["a continuation of nothing", masked(CONTINUATION, [1]), PROTOCOL_ERROR],
    [
      "a message within a message",
      [...masked(BINARY, [], { fin: false }), ...masked(BINARY, [])],
      PROTOCOL_ERROR,
    ],
    ["a ping in fragments", masked(PING, [1], { fin: false }), PROTOCOL_ERROR],
    ["a long ping", masked(PING, Array(126).fill(0)), PROTOCOL_ERROR],
    ["a length of 2^63", [0x82, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], PROTOCOL_ERROR],
    ["a close with half a code", masked(CLOSE, [3]), PROTOCOL_ERROR],
    ["a close with a code that is none", masked(CLOSE, [3, 237]), PROTOCOL_ERROR],
  ])("%s", (_, bytes, code) => {
    expect(read(bytes).filter((event) => event.startsWith("close"))).toEqual([`close ${code}`]);
  });

  test("its own wish, with its code or without", () => {
    expect(read(masked(CLOSE, []))).toEqual(["close 1000"]);
    expect(read(masked(CLOSE, [15, 160, 98, 121, 101]))).toEqual(["close 4000"]);
  });
});

test("frames of the server", () => {
  expect([...frame(BINARY, Uint8Array.of(1, 2))]).toEqual([0x82, 2, 1, 2]);
  expect([...frame(BINARY, new Uint8Array(126)).subarray(0, 4)]).toEqual([0x82, 126, 0, 126]);
  expect([...frame(BINARY, new Uint8Array(65_536)).subarray(0, 10)]).toEqual([
    0x82, 127, 0, 0, 0, 0, 0, 1, 0, 0,
  ]);
  expect([...closeFrame(1000)]).toEqual([0x88, 2, 3, 232]);
});
