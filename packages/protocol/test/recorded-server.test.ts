import { Structure } from "@bolt/framing";
import { describe, expect, test } from "vitest";
import { failureFromWire } from "../src/failure.ts";
import { type RequestReceived, ServerConnection } from "../src/index.ts";
import { metadataFromWire } from "../src/metadata.ts";
import {
  connections,
  fragmentations,
  hex,
  messages,
  recordings,
  type Step,
  v1Dialogue,
} from "./recordings.ts";

const SUCCESS = 0x70;
const RECORD = 0x71;
const FAILURE = 0x7f;

/** A server whose engine gives the recorded answers of a real one. */
class RecordedServer {
  readonly connection: ServerConnection;
  readonly requests: string[] = [];
  #output: Uint8Array[] = [];

  constructor(versions: string[]) {
    this.connection = new ServerConnection({ versions, floats: "wrap", maxMessageBytesBeforeLogin: 1 << 20 });
  }

  /** Feeds one step; returns what our server sends for it. */
  play(pieces: readonly Uint8Array[], answers: readonly Structure[]): Uint8Array {
    this.#output = [];
    for (const piece of pieces) {
      this.connection.receive(piece);
      this.#drain(answers);
    }
    return Buffer.concat(this.#output);
  }

  #take(): void {
    const bytes = this.connection.bytesToSend();
    if (bytes) this.#output.push(bytes);
  }

  #drain(answers: readonly Structure[]): void {
    for (let event = this.connection.nextEvent(); event; event = this.connection.nextEvent()) {
      this.#take();
      if (event.type === "RequestReceived") this.#answer(event, answers);
      this.#take();
    }
    this.#take();
  }

  #answer({ request }: RequestReceived, answers: readonly Structure[]): void {
    this.requests.push(request.name);
    if (request.name === "GOODBYE") return;
    const { connection } = this;
    for (let at = messages(Buffer.concat(this.#output)).length; ; at++) {
      const answer = answers[at];
      if (!answer) throw new Error(`no recorded answer ${at} for ${request.name}`);
      if (answer.tag === RECORD) connection.record(answer.fields[0] as unknown[]);
      else if (answer.tag === SUCCESS) return connection.success(metadataFromWire(answer.fields[0] as never));
      else if (answer.tag === FAILURE) return connection.failure(failureFromWire(answer.fields[0] as never));
      else return connection.ignored();
    }
  }
}

test("the Bolt 1 dialogue of 2017: for the recorded client bytes exactly the recorded server bytes are sent", () => {
  const dialogue = v1Dialogue();
  for (let cutStep = 0; cutStep < dialogue.length; cutStep++) {
    for (const pieces of fragmentations(hex(dialogue[cutStep]!.clientHex))) {
      const server = new RecordedServer(["1"]);
      for (const [index, step] of dialogue.slice(0, cutStep + 1).entries()) {
        const answers = index === 0 ? [] : messages(hex(step.serverHex));
        const sent = server.play(index === cutStep ? pieces : [hex(step.clientHex)], answers);
        if (index === 0) expect(Buffer.from(sent).toString("hex")).toBe(step.serverHex);
        // Old servers do not pack in the smallest form: values are compared, not bytes.
        else expect(messages(sent)).toEqual(answers);
      }
    }
  }
});

/** A recorded answer as our server gives it on this version: a real one also sends keys of later versions. */
function said(bolt: number, { tag, fields }: Structure): unknown {
  if (tag !== SUCCESS || typeof fields[0] !== "object") return { tag, fields };
  const metadata = { ...(fields[0] as Record<string, unknown>) };
  if (bolt < 4.3) delete metadata["hints"];
  return { tag, fields: [metadata] };
}

const dialogues = recordings("main", "types").flatMap((recording) =>
  [...connections(recording)].map(([conn, steps]) => ({
    recording,
    conn,
    steps,
    title: `${recording.name} ${conn}`,
  })),
);

/** Races: the recorded server's answer depended on timing. */
const isRace = ({ name }: Step): boolean => /pipelined|^goodbye/.test(name);

/** Parameters that are refused before the engine sees them: the text of our FAILURE differs from the recorded one. */
const REFUSED: ReadonlySet<string> = new Set([
  "utc-legacy-struct-param",
  "vector-param-wrong-length",
  "vector-param-unknown-type",
  "uuid-param",
]);

describe.each([0, 1, 2])("in fragments %i", (cut) => {
  test.each(dialogues)("recorded dialogue $title", ({ recording, steps }) => {
    const bolt = Number(recording.bolt);
    const server = new RecordedServer([recording.bolt]);
    for (const step of steps) {
      const where = `${recording.name} ${step.name}`;
      if (step.name.startsWith("handshake")) {
        server.play(
          [hex("6060b017"), Uint8Array.of(0, 0, (bolt * 10) % 10, bolt, ...Array<number>(12).fill(0))],
          [],
        );
        expect(`${server.connection.version}`, where).toBe(recording.bolt.replace(/^([123])\.0$/, "$1"));
        continue;
      }
      const answers = messages(step.server);
      const pieces = [...fragmentations(step.client, 3)][cut] ?? [step.client];
      let closed = false;
      let sent: Uint8Array = new Uint8Array();
      try {
        sent = server.play(pieces, answers);
      } catch (error) {
        closed = true;
        if (!step.closed && !isRace(step)) throw error;
      }
      // After a race our server may be in another state than the recorded one was.
      if (closed || isRace(step)) break;
      const refused = REFUSED.has(step.name) && answers[0]!.tag === FAILURE;
      const shown = (message: Structure): unknown => (refused ? message.tag : said(bolt, message));
      expect(messages(sent).map(shown), where).toEqual(answers.map(shown));
      const last = answers.at(-1);
      const { state } = server.connection;
      if (last && !step.closed)
        expect(state === "FAILED" || state === "DEFUNCT", `${where} ${state}`).toBe(last.tag !== SUCCESS);
    }
    expect(server.connection.pending).toBe(0);
  });
});
