// The handshake in words: what the client proposes, what the server answers, what the two agree on. Only reads bytes
// that have passed. Spec: Bolt handshake, handshake manifest v1.
import { hexOf } from "./explain.ts";

export interface HandshakePart {
  readonly from: "client" | "server";
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly meaning: readonly { readonly hex: string; readonly text: string; readonly depth: number }[];
}

const WORD = 4;
/** Magic and four proposals. */
const OPENING = 5 * WORD;

/**
 * Explains a whole handshake. `sent` and `received` may be longer than it; parts that are missing, as after a failure,
 * are left out.
 */
export function explainHandshake(sent: Uint8Array, received: Uint8Array): HandshakePart[] {
  const opening = sent.subarray(0, OPENING);
  const parts: HandshakePart[] = [
    part("client", "handshake", opening, [
      [opening.subarray(0, WORD), "magic: this is Bolt"],
      ...words(opening.subarray(WORD)).map((word): Row => [word, proposal(word)]),
    ]),
  ];
  if (received.length < WORD) return parts;
  const answer = received.subarray(0, WORD);
  if (!isManifest(answer)) {
    parts.push(
      part("server", "version", answer, [[answer, isNone(answer) ? "no common version" : version(answer)]]),
    );
    return parts;
  }
  const offers = manifest(received);
  parts.push(part("server", "manifest", received.subarray(0, offers.length), offers.rows));
  const choice = sent.subarray(OPENING, OPENING + WORD + 1);
  if (choice.length > WORD) {
    const chosen = choice.subarray(0, WORD);
    const text = isNone(chosen) ? "none of them" : version(chosen);
    parts.push(
      part("client", "choice", choice, [
        [chosen, text],
        [choice.subarray(WORD), "no capabilities"],
      ]),
    );
  }
  return parts;
}

/** How many of the client's bytes belong to the handshake. */
export function handshakeLength(received: Uint8Array): number {
  return isManifest(received) ? OPENING + WORD + 1 : OPENING;
}

/** The versions and ranges among the client's proposals, for people: `5.8 down to 5.0`. */
export function proposals(sent: Uint8Array): string[] {
  return words(sent.subarray(WORD, OPENING))
    .filter((word) => !isNone(word))
    .map((word) => (isManifest(word) ? "the manifest" : range(word)));
}

type Row = readonly [bytes: Uint8Array, text: string];

function part(
  from: "client" | "server",
  name: string,
  bytes: Uint8Array,
  rows: readonly Row[],
): HandshakePart {
  return { from, name, bytes, meaning: rows.map(([run, text]) => ({ hex: hexOf(run), text, depth: 0 })) };
}

function manifest(received: Uint8Array): { length: number; rows: Row[] } {
  const rows: Row[] = [[received.subarray(0, WORD), "manifest v1: choose among all versions of this server"]];
  // Varints of one byte: no server offers 128 ranges or capabilities.
  const count = received[WORD] ?? 0;
  rows.push([received.subarray(WORD, WORD + 1), `number of ranges: ${count}`]);
  const end = WORD + 1 + count * WORD;
  for (const word of words(received.subarray(WORD + 1, end))) rows.push([word, range(word)]);
  rows.push([received.subarray(end, end + 1), "capabilities offered"]);
  return { length: end + 1, rows };
}

function proposal(word: Uint8Array): string {
  if (isManifest(word)) return "or tell me your versions: manifest v1";
  return isNone(word) ? "unused" : `Bolt ${range(word)}`;
}

const version = (word: Uint8Array): string => `Bolt ${range(word)}`;

/** A word has the highest minor version, and how many below it belong to the range. */
function range([, below = 0, minor = 0, major = 0]: Uint8Array): string {
  // Up to 3 there were no minor versions.
  const highest = major > 3 ? `${major}.${minor}` : `${major}`;
  return below === 0 ? highest : `${highest} down to ${major}.${Math.max(0, minor - below)}`;
}

function words(bytes: Uint8Array): Uint8Array[] {
  return Array.from({ length: Math.floor(bytes.length / WORD) }, (_, at) =>
    bytes.subarray(at * WORD, (at + 1) * WORD),
  );
}

const isManifest = ([, , minor, major]: Uint8Array): boolean => major === 0xff && minor === 1;
const isNone = (word: Uint8Array): boolean => word.every((byte) => byte === 0);
