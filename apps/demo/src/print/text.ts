// The transcript for people: plain text, with colours if the terminal supports them.
import type { Report, TranscriptEvent } from "../transcript.ts";
import { show } from "./show.ts";

export interface TextOptions {
  readonly write: (text: string) => void;
  readonly colours: boolean;
  /** The width of the terminal in characters; undefined if there is no terminal. */
  readonly columns?: number | undefined;
}

/** Limits for the width of explanations, in characters: longer lines are hard to read, shorter ones hold no words. */
const WIDEST = 96;
const NARROWEST = 30;
const INDENT = "   ";

const CODES = { bold: 1, dim: 2, red: 31, green: 32, yellow: 33, blue: 34, magenta: 35, cyan: 36 } as const;

/** Makes a report that prints the transcript. */
export function textReport({ write, colours, columns = Infinity }: TextOptions): Report {
  const width = Math.max(NARROWEST, Math.min(WIDEST, columns - INDENT.length));
  const paint = (style: keyof typeof CODES, text: string): string =>
    colours ? `\u001b[${CODES[style]}m${text}\u001b[0m` : text;
  const line = (text = ""): void => write(`${text}\n`);

  return (event: TranscriptEvent): void => {
    switch (event.type) {
      case "opening":
        line(paint("bold", "The Bolt dialogue"));
        line(
          paint(
            "dim",
            event.embedded ? `with an embedded database behind ${event.server}` : `with ${event.server}`,
          ),
        );
        break;
      case "step":
        line();
        line(paint("bold", `${event.number}. ${event.title}`));
        for (const text of wrap(event.explanation, width)) line(paint("dim", `${INDENT}${text}`));
        break;
      case "query":
        line(
          `   ${paint("cyan", event.query)}${event.parameters ? paint("dim", ` ${show(event.parameters)}`) : ""}`,
        );
        break;
      case "note":
        line(`   ${event.text}`);
        break;
      case "drawing":
        for (const text of event.lines) line(`     ${text}`);
        break;
      case "check":
        line(`   ${paint("green", "✓")} ${event.text}`);
        break;
      case "remark":
        line(`   ${paint("yellow", "–")} ${event.text}`);
        break;
      case "wire":
        wire(event);
        break;
      case "failed":
        line();
        line(paint("red", event.step ? `✗ ${event.step}: ${event.reason}` : event.reason));
        break;
      case "finished":
        line();
        line(
          paint("bold", `Finished in ${event.ms} ms`) +
            paint("dim", `, all ${event.steps} steps as expected`),
        );
    }
  };

  function wire(event: Extract<TranscriptEvent, { type: "wire" }>): void {
    const client = event.from === "client";
    const states =
      event.before === undefined || event.before === event.after ? "" : `  ${event.before} → ${event.after}`;
    line(
      `   ${paint(client ? "blue" : "magenta", `${client ? "→" : "←"} ${event.name}`)}${paint("dim", states)}`,
    );
    for (const { hex, text, depth } of event.meaning) {
      const rows = hexRows(hex);
      const meaning = `${"  ".repeat(depth)}${text.length > 100 ? `${text.slice(0, 99)}…` : text}`;
      line(`     ${paint("dim", (rows[0] ?? "").padEnd(HEX_WIDTH))}  ${meaning}`);
      for (const row of rows.slice(1)) line(`     ${paint("dim", row)}`);
    }
  }
}

// Sixteen bytes per line.
const HEX_WIDTH = 16 * 3 - 1;

function hexRows(hex: string): string[] {
  return hex.match(new RegExp(`.{1,${HEX_WIDTH}}(?: |$)`, "g"))?.map((row) => row.trim()) ?? [];
}

function wrap(text: string, width: number): string[] {
  const lines = [""];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1)!;
    if (last !== "" && last.length + word.length >= width) lines.push(word);
    else lines[lines.length - 1] = last === "" ? word : `${last} ${word}`;
  }
  return lines;
}
