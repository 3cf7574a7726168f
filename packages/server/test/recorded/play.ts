// Plays a recorded connection to our server, step by step, and reports where its replies differ from the recorded
// ones. Knows the form of the recordings, but not which differences are wanted (differences.ts).
import { isDeepStrictEqual } from "node:util";
// @boundaries-ignore the recordings and their reading belong to the protocol's tests; a second copy would drift
import { MessageReader } from "../../../framing/src/index.ts";
// @boundaries-ignore the recordings and their reading belong to the protocol's tests; a second copy would drift
import type { Recording, Step } from "../../../protocol/test/recordings.ts";
import { createServer, Structure } from "../../src/index.ts";
import { FakeClock } from "../fake-clock.ts";
import { FakeDuplex } from "../fake-duplex.ts";
import {
  type Answer,
  answersOf,
  FAILURE,
  IGNORED,
  RECORD,
  ScriptedBackend,
  SUCCESS,
} from "./scripted-backend.ts";

export interface Difference {
  readonly recording: Recording;
  readonly step: string;
  /** What Neo4j does, and what we do, in few words. */
  readonly what: string;
}

export interface Played {
  readonly differences: Difference[];
  /** Recorded messages that ours were compared with, RECORDs included. */
  readonly messages: number;
}

const TAGS: Readonly<Record<number, string>> = {
  [SUCCESS]: "SUCCESS",
  [IGNORED]: "IGNORED",
  [FAILURE]: "FAILURE",
};

/** What a recorded server was able to speak. */
const SPEAKS: Readonly<Record<string, readonly string[]>> = {
  "Neo4j/3.5.35": ["1", "2", "3"],
  "Neo4j/4.0.12": ["3", "4.0"],
  "Neo4j/4.2.19": ["3", "4.2-4.0"],
  "Neo4j/4.3.23": ["3", "4.3-4.0"],
  "Neo4j/4.4.48": ["3", "4.4-4.0"],
  "Neo4j/5.26.30": ["4.4-4.0", "5.4-5.0", "5.8-5.6"],
  "Neo4j/2026.08.1": ["4.4-4.0", "5.4-5.0", "5.8-5.6", "6.1-6.0"],
};

/** Plays `prelude`, whose replies are ignored, and then `steps`. */
export async function play(
  recording: Recording,
  prelude: readonly Step[],
  steps: readonly Step[],
): Promise<Played> {
  const clock = new FakeClock();
  const backend = new ScriptedBackend();
  const duplex = new FakeDuplex();
  const sent: Uint8Array[] = [];
  /** Recorded answers of the step, and how many of our own there are. */
  let answers: readonly Answer[] = [];
  let given = 0;
  const server = createServer(backend, {
    clock,
    versions: SPEAKS[recording.server] ?? [recording.bolt],
    floats: "wrap",
    hints: { serverSideRouting: true },
    limits: { failedLoginDelayMs: 0 },
    logger: {},
    observer: {
      sent: ({ message }) => {
        if (message.name !== "RECORD") given++;
        backend.turn(answers, given);
      },
    },
  });
  duplex.received = (bytes) => void sent.push(bytes);
  server.accept(duplex);

  const say = async (step: Step, recorded: readonly Answer[]): Promise<Uint8Array> => {
    answers = recorded;
    given = 0;
    sent.length = 0;
    backend.turn(answers, 0);
    duplex.send(step.client);
    await clock.advance(0);
    return Buffer.concat(sent);
  };

  for (const step of prelude) await say(step, recordedAnswers(step));
  const differences: Difference[] = [];
  let compared = 0;
  for (const [index, step] of steps.entries()) {
    const differ = (what: string): void => void differences.push({ recording, step: step.name, what });
    const open = !duplex.ended && !duplex.destroyed;
    const recorded = recordedAnswers(step);
    const bytes = await say(step, recorded);
    if (isHandshake(step)) {
      const [their, our] = [handshakeAnswer(step.server), handshakeAnswer(bytes)];
      if (their !== our) differ(`answers ${their}, we ${our}`);
    }
    const ours = isHandshake(step) ? [] : answersOf(messages(bytes));
    compare(recorded, ours, differ);
    for (const { records } of recorded) compared += 1 + records.length;
    const theirsClosed = step.closed || isFoundClosed(steps[index + 1]);
    const oursClosed = duplex.ended || duplex.destroyed;
    if (open && theirsClosed !== oursClosed) {
      differ(oursClosed ? "stays open, we close" : "closes, we do not");
      break;
    }
    // From here on the two are in different states.
    if (ours.length !== recorded.length) break;
  }
  duplex.close();
  await server.close();
  return { differences, messages: compared };
}

const isHandshake = ({ client, name }: Step): boolean =>
  name.startsWith("hs-") || (client[0] === 0x60 && client[1] === 0x60);

/** In hex; of HTTP the status. */
function handshakeAnswer(bytes: Uint8Array): string {
  const http = /^HTTP\/1.1 (\d+)/.exec(Buffer.from(bytes).toString("latin1"));
  return http ? `HTTP ${http[1]}` : Buffer.from(bytes).toString("hex") || "nothing";
}

/** The recording's next step only says that the connection was closed by then. */
const isFoundClosed = (next: Step | undefined): boolean =>
  next?.closed === true && next.server.length === 0 && /^still-usable|-then$/.test(next.name);

/** The recorded replies, as far as they are whole messages. */
const recordedAnswers = (step: Step): Answer[] => (isHandshake(step) ? [] : answersOf(messages(step.server)));

/** Whole messages; one with a value that cannot be read counts as one without fields. */
function messages(bytes: Uint8Array): Structure[] {
  const reader = new MessageReader({ floats: "wrap" });
  reader.receive(bytes);
  const found: Structure[] = [];
  for (;;) {
    let tag = RECORD;
    try {
      tag = reader.advance();
      if (tag < 0) return found;
      const fields = Array.from({ length: reader.unpacker.size }, () => reader.unpacker.read());
      found.push(new Structure(tag, fields));
    } catch {
      found.push(new Structure(tag, [[]]));
    }
  }
}

function compare(theirs: readonly Answer[], ours: readonly Answer[], differ: (what: string) => void): void {
  for (const [index, their] of theirs.entries()) {
    const our = ours[index];
    if (!our) return differ(`answers ${tell(their)}, we do not`);
    if (their.tag !== our.tag) return differ(`${tell(their)}, we ${tell(our)}`);
    if (their.tag === FAILURE) compareFailures(their, our, differ);
    else compareKeys(their.metadata, our.metadata, "", differ);
    if (!isDeepStrictEqual(their.records, our.records)) differ("other records");
  }
  for (const our of ours.slice(theirs.length)) differ(`no answer, we ${tell(our)}`);
}

const tell = ({ tag, metadata }: Answer): string =>
  `${TAGS[tag] ?? tag}${tag === FAILURE ? ` ${codeOf(metadata)}` : ""}`;

const codeOf = (metadata: Answer["metadata"]): string =>
  String(metadata["neo4j_code"] ?? metadata["code"]).replace(/^Neo\./, "");

function compareFailures(their: Answer, our: Answer, differ: (what: string) => void): void {
  if (codeOf(their.metadata) !== codeOf(our.metadata)) return differ(`${tell(their)}, we ${tell(our)}`);
  const statuses = [their.metadata["gql_status"], our.metadata["gql_status"]];
  if (statuses[0] !== statuses[1]) return differ(`status ${statuses.join(", we ")}`);
  compareKeys(their.metadata, our.metadata, "", differ);
}

/** Keys of maps, one level into those that the protocol itself defines. */
function compareKeys(
  theirs: Readonly<Record<string, unknown>>,
  ours: Readonly<Record<string, unknown>>,
  path: string,
  differ: (what: string) => void,
): void {
  for (const key of Object.keys(theirs)) if (!(key in ours)) differ(`has ${path}${key}, we do not`);
  for (const key of Object.keys(ours)) if (!(key in theirs)) differ(`no ${path}${key}, we have`);
  for (const key of ["hints", "rt", "stats", "plan", "profile", "diagnostic_record"]) {
    const [their, our] = [theirs[key], ours[key]];
    if (isMap(their) && isMap(our)) compareKeys(their, our, `${path}${key}.`, differ);
  }
}

const isMap = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);
