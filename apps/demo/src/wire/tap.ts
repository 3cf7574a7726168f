// Watches the connections of a driver: which messages passed in which order, in how many writes, and, on request, every
// byte and its meaning. The bytes of the handshake come from the byte stream, those of the messages from the driver's
// observer, which masks secrets with stars.
import type { Dial, MessageObserver, ObservedMessage } from "@bolt/client";
import type { Report } from "../transcript.ts";
import { type Door, watched, type Watcher } from "./door.ts";
import { explain, hexOf } from "./explain.ts";
import { explainHandshake, handshakeLength, proposals } from "./handshake.ts";

/** How many RECORDs in a row are reported and kept; the rest would be more of the same. */
const SHOWN_RECORDS = 5;

/** One message that passed. */
export interface Passed {
  readonly from: "client" | "server";
  /** The name in the specification of the version in use, such as INIT or PULL_ALL. */
  readonly name: string;
  readonly message: ObservedMessage["message"];
  /** Without chunk headers, secrets masked. */
  readonly bytes: Uint8Array;
}

export class Tap {
  /** The messages that passed since the last `mark()`. */
  passed: Passed[] = [];
  /** How often the client wrote to its stream since then; undefined if the stream is not watched. */
  writes: number | undefined;
  /** The versions proposed in the last handshake, for people. */
  proposals: readonly string[] = [];
  readonly #report: Report | undefined;
  /** RECORDs since the last other message. */
  #records = 0;
  /** Reports of messages held back until the handshake has been reported: messages are packed before it ends. */
  #held: (() => void)[] | undefined;

  /** Reports bytes to `report`, if given. */
  constructor(report?: Report) {
    this.#report = report;
  }

  /** For the driver's configuration: sees the messages. */
  readonly observer: MessageObserver = {
    sent: (message) => this.#pass("client", message),
    received: (message) => this.#pass("server", message),
  };

  /** For the driver's configuration: sees the bytes. */
  dial(open: Door): Dial {
    return async (address, options) => watched(await open(address, options), this.#watcher());
  }

  /** Forgets the messages and writes so far. */
  mark(): void {
    this.passed = [];
    if (this.writes !== undefined) this.writes = 0;
  }

  /** Names of the messages that passed, in order; only those from one side if `from` is given. */
  names(from?: "client" | "server"): string[] {
    return this.passed
      .filter((message) => from === undefined || message.from === from)
      .map(({ name }) => name);
  }

  /** Collects bytes until the handshake is over, and counts writes. */
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

  #pass(from: "client" | "server", { message, bytes, before, after }: ObservedMessage): void {
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

/** The message's name in the specification of its version; observers use the newest names. */
function nameOf(name: string, [header, tag]: Uint8Array): string {
  if (tag === 0x10) return "RUN"; // in Bolt 1 and 2 also for BEGIN, COMMIT and ROLLBACK
  if (name === "HELLO" && header === 0xb2) return "INIT";
  return (name === "PULL" || name === "DISCARD") && header === 0xb0 ? `${name}_ALL` : name;
}
