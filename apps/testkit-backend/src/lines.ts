// TestKit's framing: a JSON text between "#request begin" and "#request end", each on its own line, and the same
// for answers. Knows text only.
import { parse, stringify } from "./json.ts";

/** A request, a callback or an answer. */
export interface Message {
  readonly name: string;
  readonly data: Readonly<Record<string, unknown>>;
}

/** Receives text in pieces of any size and yields whole requests. */
export class RequestReader {
  #rest = "";
  #block: string[] | undefined;

  *receive(text: string): Generator<Message> {
    const lines = (this.#rest + text).split("\n");
    this.#rest = lines.pop()!;
    for (const line of lines) {
      if (line === "#request begin") {
        this.#block = [];
      } else if (line === "#request end") {
        const block = this.#block ?? [];
        this.#block = undefined;
        yield parse(block.join("\n")) as Message;
      } else {
        this.#block?.push(line);
      }
    }
  }
}

/** Encodes an answer for the wire. */
export function response(message: Message): string {
  return `#response begin\n${stringify(message)}\n#response end\n`;
}
