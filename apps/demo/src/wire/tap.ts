// Listens at the connections of a driver: which messages passed in which order, in how many writes, and, when
// it is asked to, every byte with what it means. The bytes of the handshake come from the byte stream, those
// of the messages from the driver's observer, which puts stars in place of secrets.
import type { Dial, Observer, WireMessage } from "@bolt/client";
import type { Report } from "../transcript.ts";
import { type Door, watched, type Watcher } from "./door.ts";
import { explain, hexOf } from "./explain.ts";
import { explainHandshake, handshakeLength, proposals } from "./handshake.ts";

/** So many of RECORDs in a row are told and kept; the rest would only be more of the same. */
const SHOWN_RECORDS = 5;

/** One message that passed. */
export interface Passed {
  readonly from: "client" | "server";
  /** As the specification of its version has it: INIT, PULL_ALL. */
  readonly name: string;
  readonly message: WireMessage["message"];
  /** Without chunk headers, secrets masked. */
  readonly bytes: Uint8Array;
}

export class Tap {
  /** What passed since the last `mark()`. */
  passed: Passed[] = [];
  /** How often the client wrote to its stream since then; undefined while nobody watches the stream. */
  writes: number | undefined;
  /** The versions that were proposed in the last handshake, for people. */
  proposals: readonly string[] = [];
  readonly #report: Report | undefined;
  /** RECORDs since the last other message. */
  #records = 0;
  /** Messages are told after the handshake that they follow, although they are packed before its end is sent. */
  #held: (() => void)[] | undefined;

  /** Bytes are told to `report`, if there is one. */
  constructor(report?: Report) {
    this.#report = report;
  }

  /** For the driver's configuration: sees the messages. */
  readonly observer: Observer = {
    sent: (message) => this.#pass("client", message),
    received: (message) => this.#pass("server", message),
  };

  /** For the driver's configuration: sees the bytes, too. */
  dial(open: Door): Dial {
    return async (address, options) => watched(await open(address, options), this.#watcher());
  }

  /** Forgets what passed so far. */
  mark(): void {
    this.passed = [];
    if (this.writes !== undefined) this.writes = 0;
  }

  /** Names of the messages that passed, in order; those of one side if one is named. */
  names(from?: "client" | "server"): string[] {
    return this.passed
      .filter((message) => from === undefined || message.from === from)
      .map(({ name }) => name);
  }

  /** Gathers bytes until the handshake is over, and counts writes. */
  #watcher(): Watcher {
    let [sent, received] = [new Uint8Array(0), new Uint8Array(0)];
    let over = false;
    this.writes = 0;
    this.#held = [];
    const tell = (): void => {
      if (over) return;
      over = true;
      this.#tellHandshake(sent, received);
    };
    return {
      sent: (bytes) => {
        this.writes!++;
        if (over) return;
        sent = Uint8Array.of(...sent, ...bytes);
        if (received.length >= 4 && sent.length >= handshakeLength(received)) tell();
      },
      received: (bytes) => {
        if (!over) received = Uint8Array.of(...received, ...bytes);
      },
      closed: tell,
    };
  }

  #tellHandshake(sent: Uint8Array, received: Uint8Array): void {
    this.proposals = proposals(sent);
    for (const { from, name, bytes, meaning } of explainHandshake(sent, received)) {
      this.#report?.({ type: "wire", from, name, hex: hexOf(bytes), meaning });
    }
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const message of held) message();
  }

  #pass(from: "client" | "server", { message, bytes, before, after }: WireMessage): void {
    if (message.name === "RECORD" && ++this.#records > SHOWN_RECORDS) return;
    const copy = bytes();
    const name = nameOf(message.name, copy);
    this.passed.push({ from, name, message, bytes: copy });
    const report = this.#report;
    if (message.name !== "RECORD") {
      const more = this.#records - SHOWN_RECORDS;
      if (more > 0) report?.({ type: "note", text: `… and ${more} more RECORDs` });
      this.#records = 0;
    }
    if (!report) return;
    const tell = (): void =>
      report({
        type: "wire",
        from,
        name,
        hex: hexOf(copy),
        meaning: explain(copy, name).map((run) => ({
          hex: hexOf(run.bytes),
          text: run.meaning,
          depth: run.depth,
        })),
        before,
        after,
      });
    if (this.#held) this.#held.push(tell);
    else tell();
  }
}

/** What the specification of the message's version calls it; observers use the newest words. */
function nameOf(name: string, [header, tag]: Uint8Array): string {
  if (tag === 0x10) return "RUN"; // also BEGIN, COMMIT and ROLLBACK of Bolt 1 and 2
  if (name === "HELLO" && header === 0xb2) return "INIT";
  return (name === "PULL" || name === "DISCARD") && header === 0xb0 ? `${name}_ALL` : name;
}
