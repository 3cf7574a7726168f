// A picture of a terminal: turns text with colour codes, as text.ts writes it, into an SVG that any page can show. Knows
// the few SGR codes used there (bold, dim, colours), and nothing about the meaning of the text.

/** Longer lines wrap, as in any terminal. This width is still legible on a narrow page. */
const COLUMNS = 104;
/** Longer output scrolls through a window of this many rows, slowly enough to be read. */
const ROWS = 34;
const SECONDS_PER_ROW = 0.4;

/** Widths and heights in pixels, of a character and of the space around the text. */
const CELL = { width: 8.4, height: 19 };
const FONT_SIZE = 14;
const PADDING = 20;
const BAR_HEIGHT = 36;

const BACKGROUND = "#0d1117";
const BAR = "#161b22";
const FOREGROUND = "#e6edf3";
/** Colours by SGR code, readable on the background. */
const COLOURS: Readonly<Record<string, string>> = {
  31: "#ff7b72",
  32: "#56d364",
  33: "#e3b341",
  34: "#79c0ff",
  35: "#d2a8ff",
  36: "#76e3ea",
};
const BUTTONS = ["#ff5f57", "#febc2e", "#28c840"];

/** A piece of a line in a single style. */
interface Run {
  readonly text: string;
  readonly column: number;
  readonly codes: Codes;
}

/** The SGR codes in effect, as decimal text. */
type Codes = ReadonlySet<string>;

/**
 * Draws the lines of a terminal on a dark background, in whatever fixed-width font the reader has. `title` is shown in
 * the window's title bar and read out by screen readers.
 */
export function terminalPicture(output: string, title: string): string {
  const rows = output.replace(/\n+$/, "").split("\n").flatMap(rowsOf);
  const width = Math.ceil(COLUMNS * CELL.width) + 2 * PADDING;
  const inside = 2 * PADDING + Math.min(rows.length, ROWS) * CELL.height;
  const height = BAR_HEIGHT + inside;
  return `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" role="img">
<title>${escape(title)}</title>
<style>
text { font: ${FONT_SIZE}px ui-monospace, SFMono-Regular, Menlo, Consolas, "Liberation Mono", monospace; fill: ${FOREGROUND}; white-space: pre }
.c1 { font-weight: 700 }
.c2 { fill-opacity: 0.62 }
${Object.entries(COLOURS)
  .map(([code, colour]) => `.c${code} { fill: ${colour} }`)
  .join("\n")}
${rollBy(rows.length - ROWS)}</style>
<rect width="${width}" height="${height}" rx="10" fill="${BACKGROUND}"/>
<path d="M0 ${BAR_HEIGHT}V10a10 10 0 0 1 10-10H${width - 10}a10 10 0 0 1 10 10V${BAR_HEIGHT}z" fill="${BAR}"/>
${BUTTONS.map((colour, at) => `<circle cx="${PADDING + 20 * at}" cy="${BAR_HEIGHT / 2}" r="6" fill="${colour}"/>`).join("\n")}
<text class="c2" x="${width / 2}" y="${BAR_HEIGHT / 2 + 5}" text-anchor="middle">${escape(title)}</text>
<svg y="${BAR_HEIGHT}" width="${width}" height="${inside}"><g class="roll">
${rows.map(drawRow).join("")}</g></svg>
</svg>
`;
}

/** Scrolls to the end and starts again, endlessly; but not for readers who prefer reduced motion. */
function rollBy(rows: number): string {
  if (rows <= 0) return "";
  return `.roll { animation: roll ${Math.round(rows * SECONDS_PER_ROW)}s linear infinite }
@keyframes roll { 0%, 6% { transform: none } 94%, 100% { transform: translateY(-${rows * CELL.height}px) } }
@media (prefers-reduced-motion: reduce) { .roll { animation: none } }
`;
}

function drawRow(runs: readonly Run[], row: number): string {
  if (runs.length === 0) return "";
  const y = PADDING + (row + 1) * CELL.height - 5;
  const spans = runs.map(({ text, column, codes }) => {
    const x = round(PADDING + column * CELL.width);
    const names = [...codes].map((code) => `c${code}`).join(" ");
    // Each run has its own position, so that columns stay aligned in every font.
    return `<tspan x="${x}"${names === "" ? "" : ` class="${names}"`}>${escape(text)}</tspan>`;
  });
  return `<text xml:space="preserve" y="${y}">${spans.join("")}</text>\n`;
}

/** Wraps a line into as many rows as it takes; blanks around runs become positions. */
function rowsOf(line: string): Run[][] {
  const pieces = piecesOf(line);
  const blanks = pieces
    .map(({ text }) => text)
    .join("")
    .search(/\S|$/);
  const indent = Math.min(blanks + 2, COLUMNS / 2);
  let runs: Run[] = [];
  const rows = [runs];
  let column = 0;
  const add = (text: string, codes: Codes): void => {
    const shown = text.trimStart();
    const at = column + text.length - shown.length;
    if (shown !== "") runs.push({ text: shown.trimEnd(), column: at, codes });
    column += widthOf(text);
  };
  for (const { text, codes } of pieces) {
    let rest = text;
    while (column + widthOf(rest.trimEnd()) > COLUMNS) {
      const blank = rest.lastIndexOf(" ", COLUMNS - column);
      // Break before the word that does not fit; only a word longer than a row is cut.
      const cut = blank < 0 && column <= indent ? COLUMNS - column : Math.max(blank, 0);
      add(rest.slice(0, cut), codes);
      rest = rest.slice(cut).trimStart();
      rows.push((runs = []));
      column = indent;
    }
    add(rest, codes);
  }
  return rows;
}

/** The text between the codes, each piece with the codes in effect. */
function piecesOf(line: string): { text: string; codes: Codes }[] {
  const [plain = "", ...coded] = line.split("\u001b[");
  let codes: Codes = new Set();
  return [
    { text: plain, codes },
    ...coded.map((piece) => {
      const end = piece.indexOf("m");
      codes = applied(codes, piece.slice(0, end));
      return { text: piece.slice(end + 1), codes };
    }),
  ];
}

/** The codes in effect after a new one: 0, or an empty one, resets all. */
function applied(codes: Codes, code: string): Codes {
  const after = new Set(codes);
  for (const one of code.split(";")) {
    if (one === "" || one === "0") after.clear();
    else after.add(one);
  }
  return after;
}

/** The width in columns: characters beyond the basic plane, such as emoji, take two. */
const widthOf = (text: string): number =>
  [...text].reduce((width, character) => width + (character.codePointAt(0)! > 0xffff ? 2 : 1), 0);

const round = (number: number): number => Math.round(number * 100) / 100;

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" };

/** Escapes text for XML, which allows no control characters, not even escaped. */
function escape(text: string): string {
  return text.replace(/[&<>"]/g, (character) => ENTITIES[character]!).replace(/[^\P{Cc}\t]/gu, "�");
}
