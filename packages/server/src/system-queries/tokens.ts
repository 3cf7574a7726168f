// Splits a query into tokens: as much of Cypher's syntax as system queries use. Anything unknown ends the attempt,
// and the query goes to the backend.

export type TokenKind = "word" | "name" | "string" | "number" | "parameter" | "symbol" | "end";

export interface Token {
  readonly kind: TokenKind;
  /** Names without backticks, strings without quotes, parameters without `$`. */
  readonly text: string;
  /** Where it starts and ends in the query. */
  readonly start: number;
  readonly end: number;
}

/** Thrown for a query that this kit does not understand. It is then passed on, so no user sees this error. */
export class NotOurs extends Error {}

// In this order: the first match counts.
const PATTERNS: readonly (readonly [TokenKind | "space", RegExp])[] = [
  ["space", /\s+|\/\/[^\n]*|\/\*[^]*?\*\//y],
  ["word", /[\p{L}_][\p{L}\p{N}_]*/uy],
  ["name", /`(?:[^`]|``)*`/y],
  ["string", /'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"/sy],
  // Not the first dot of a range such as [0..5].
  ["number", /\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y],
  ["parameter", /\$(?:[\p{L}\p{N}_]+|`(?:[^`]|``)*`)/uy],
  ["symbol", /<>|<=|>=|=~|\.\.|->|<-|[()[\]{},.:;=<>+\-*/%|]/y],
];

const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", b: "\b", f: "\f" };

function content(kind: TokenKind, raw: string): string {
  switch (kind) {
    case "name":
      return raw.slice(1, -1).replaceAll("``", "`");
    case "string":
      return raw
        .slice(1, -1)
        .replace(/\\(?:u([\da-fA-F]{4})|(.))/gs, (_, hex: string | undefined, other: string) =>
          hex ? String.fromCharCode(parseInt(hex, 16)) : (ESCAPES[other] ?? other),
        );
    case "parameter":
      return raw[1] === "`" ? content("name", raw.slice(1)) : raw.slice(1);
    default:
      return raw;
  }
}

/** Levels of nested expressions. */
const MAX_DEPTH = 100;

/** Throws NotOurs. */
export function tokenize(query: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < query.length) {
    let found = false;
    for (const [kind, pattern] of PATTERNS) {
      pattern.lastIndex = at;
      const raw = pattern.exec(query)?.[0];
      if (raw === undefined) continue;
      if (kind !== "space") {
        tokens.push({ kind, text: content(kind, raw), start: at, end: at + raw.length });
      }
      at += raw.length;
      found = true;
      break;
    }
    if (!found) throw new NotOurs(`unexpected ${query[at]} at ${at}`);
  }
  tokens.push({ kind: "end", text: "", start: query.length, end: query.length });
  return tokens;
}

/** A cursor over the tokens of a query. */
export class TokenReader {
  readonly query: string;
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(query: string) {
    this.query = query;
    this.#tokens = tokenize(query);
  }

  get next(): Token {
    return this.#tokens[this.#at]!;
  }

  take(): Token {
    const { next } = this;
    if (next.kind !== "end") this.#at++;
    return next;
  }

  /** Keywords are words in any case. */
  isWord(...words: readonly string[]): boolean {
    return words.every((word, i) => {
      const token = this.#tokens[this.#at + i];
      return token?.kind === "word" && token.text.toUpperCase() === word;
    });
  }

  /** Takes the words when they are all there. */
  takeWords(...words: readonly string[]): boolean {
    if (!this.isWord(...words)) return false;
    this.#at += words.length;
    return true;
  }

  isSymbol(symbol: string): boolean {
    return this.next.kind === "symbol" && this.next.text === symbol;
  }

  takeSymbol(symbol: string): boolean {
    if (!this.isSymbol(symbol)) return false;
    this.#at++;
    return true;
  }

  expectSymbol(symbol: string): void {
    if (!this.takeSymbol(symbol)) throw this.unexpected(symbol);
  }

  expectWord(word: string): void {
    if (!this.takeWords(word)) throw this.unexpected(word);
  }

  /** A variable, a column or a part of a procedure's name. */
  expectName(): string {
    const { next } = this;
    if (next.kind !== "word" && next.kind !== "name") throw this.unexpected("a name");
    return this.take().text;
  }

  /** Reads something nested. Throws NotOurs when it is nested too deeply. */
  inside<T>(read: () => T): T {
    if (++this.#depth > MAX_DEPTH) throw new NotOurs("too many levels");
    const inner = read();
    this.#depth--;
    return inner;
  }

  /** Items between commas, at least one. */
  list<T>(item: () => T): T[] {
    const items = [item()];
    while (this.takeSymbol(",")) items.push(item());
    return items;
  }

  /** Items between commas, possibly none; takes the symbol `end` as well. */
  listUntil<T>(end: string, item: () => T): T[] {
    if (this.takeSymbol(end)) return [];
    const items = this.list(item);
    this.expectSymbol(end);
    return items;
  }

  /** The query's text from `start` to the end of the last token taken: the name of a column without an alias. */
  textFrom(start: number): string {
    const last = this.#tokens[this.#at - 1];
    return this.query.slice(start, last?.end ?? start);
  }

  unexpected(expected: string): NotOurs {
    return new NotOurs(`expected ${expected}, got ${this.next.text || "the end"} at ${this.next.start}`);
  }
}
