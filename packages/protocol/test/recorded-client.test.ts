import { BoltError } from "@bolt/framing";
import { expect, test } from "vitest";
import { ClientConnection, type ClientEvent, Failure, type ResponseReceived } from "../src/index.ts";
import {
  connections,
  fragmentations,
  hex,
  messages,
  type Recording,
  recordings,
  type Step,
  v1Dialogue,
} from "./recordings.ts";
import { play } from "./verbs.ts";

const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

const drain = (client: ClientConnection, pieces: readonly Uint8Array[]): ClientEvent[] => {
  const events: ClientEvent[] = [];
  for (const piece of pieces) {
    client.receive(piece);
    for (let event = client.nextEvent(); event; event = client.nextEvent()) events.push(event);
  }
  return events;
};

const responses = (events: readonly ClientEvent[]): ResponseReceived[] =>
  events.filter((event) => event.type === "ResponseReceived");
const rows = (events: readonly ClientEvent[]): unknown[] =>
  events.flatMap((event) => (event.type === "RecordReceived" ? event.records : []));

/** Joins batches of records that were split by fragmentation. */
const joined = (events: readonly ClientEvent[]): unknown[] => {
  const facts: unknown[] = [];
  for (const event of events) {
    const last = facts.at(-1) as { records?: unknown[] } | undefined;
    if (event.type === "RecordReceived" && last?.records) last.records.push(...event.records);
    else if (event.type === "RecordReceived") facts.push({ records: [...event.records] });
    else if (event.type === "ResponseReceived")
      facts.push({ name: event.request.name, response: describe(event) });
  }
  return facts;
};

const describe = ({ response }: ResponseReceived): unknown =>
  response instanceof Failure
    ? {
        code: response.code,
        message: response.message,
        gqlStatus: response.gqlStatus,
        cause: response.cause?.gqlStatus,
      }
    : { ...response };

test("the Bolt 1 dialogue of 2017: the recorded bytes are sent, the recorded messages understood", () => {
  const dialogue = v1Dialogue().map((step) => ({
    ...step,
    sent: messages(hex(step.clientHex)),
    bytes: hex(step.serverHex),
  }));
  const [handshake, ...steps] = dialogue;
  // Every offset of every step, each time after the whole dialogue up to that step.
  for (const [cut, { bytes }] of dialogue.entries()) {
    for (const pieces of fragmentations(bytes)) {
      const client = new ClientConnection({ versions: ["1"], floats: "wrap" });
      const opening = client.bytesToSend()!;
      const negotiated = drain(client, cut === 0 ? pieces : [handshake!.bytes]);
      if (cut === 0) {
        expect(toHex(opening)).toBe(handshake!.clientHex);
        expect(negotiated).toMatchObject([{ type: "VersionNegotiated" }]);
        continue;
      }
      for (const [index, step] of steps.slice(0, cut).entries()) {
        play(client, step.sent, false);
        const out = client.bytesToSend()!;
        const events = drain(client, index + 1 === cut ? pieces : [step.bytes]);
        if (index + 1 < cut) continue;
        expect(toHex(out)).toBe(step.clientHex);
        const summaries = step.server.filter(({ message }) => message !== "RECORD");
        const got = responses(events).filter(({ request }) => request.name !== "LOGON");
        expect(got.map(({ response }) => response.name)).toEqual(summaries.map(({ message }) => message));
        expect(rows(events)).toHaveLength(step.server.length - summaries.length);
        expect(client.pending).toBe(0);
      }
    }
  }
});

/** What the recording client did on purpose and ours refuses: RESET before the login, a UUID before 6.1. */
const refused = ({ bolt }: Recording, { name }: Step): boolean =>
  name === "reset-before-login" || name === "reset-before-logon" || (name === "uuid-param" && bolt === "6.0");

/** Plays the steps of one connection; returns the events of each. */
function replay(recording: Recording, steps: readonly Step[], cuts: number, texts: boolean): ClientEvent[][] {
  const client = new ClientConnection({ versions: [recording.bolt], floats: "wrap" });
  const all: ClientEvent[][] = [];
  for (const step of steps) {
    if (step.name.startsWith("handshake")) {
      // The recorded client may have proposed versions in another way (ranges, manifest): that has its own tests.
      const [major, minor] = recording.bolt.split(".").map(Number) as [number, number];
      client.bytesToSend();
      all.push(drain(client, [Uint8Array.of(0, 0, minor, major)]));
      continue;
    }
    const sent = messages(step.client);
    if (refused(recording, step)) {
      expect(() => play(client, sent, texts), `${recording.name} ${step.name}`).toThrow(BoltError);
      expect(client.bytesToSend()).toBeUndefined();
      all.push([]);
      break;
    }
    const expected = play(client, sent, texts);
    const mine = client.bytesToSend();
    expect(mine ? messages(mine) : [], `${recording.name} ${step.name}: what is sent`).toEqual(sent);
    const pieces = [...fragmentations(step.server, 3)][cuts] ?? [step.server];
    const events = drain(client, pieces);
    all.push(events);
    const got = responses(events);
    if (!step.closed) expect(got, `${recording.name} ${step.name}: responses`).toHaveLength(expected);
    const last = got.at(-1)?.response;
    if (last && client.state !== "DEFUNCT") {
      const broken = last.name !== "SUCCESS";
      expect(
        client.state === "FAILED" || client.state === "INTERRUPTED",
        `${recording.name} ${step.name}: ${client.state}`,
      ).toBe(broken);
    }
  }
  return all;
}

const scripted = recordings("main", "types", "noop").flatMap((recording) =>
  [...connections(recording)].map(([conn, steps]) => ({
    recording,
    conn,
    steps,
    title: `${recording.name} ${conn}`,
  })),
);

test.each(scripted)("recorded dialogue $title", ({ recording, steps }) => {
  const whole = replay(recording, steps, 0, true).map(joined);
  expect(whole.length).toBeGreaterThan(1);
  for (const cuts of [1, 2, 3, 4]) expect(replay(recording, steps, cuts, true).map(joined)).toEqual(whole);
});
