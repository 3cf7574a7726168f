// What can be told of a statement from its text alone: whether it is to be explained or profiled, which of
// Bolt's query types it is, where its parameters stand. Splits Cypher into tokens so that strings, comments
// and quoted names never count as words; understands no more of Cypher than that.

export interface Statement {
  /** The text without the words EXPLAIN or PROFILE and without a `CYPHER 5` in front. */
  readonly query: string;
  readonly mode: "run" | "explain" | "profile";
  /** It has a clause that may change the graph. */
  readonly writes: boolean;
  /** It concerns indexes and constraints. */
  readonly schema: boolean;
}

const TOKEN =
  /'(?:\\.|[^'\\])*'?|"(?:\\.|[^"\\])*"?|`(?:``|[^`])*`?|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\$(?:\w+|`(?:``|[^`])*`)|[\p{L}_][\p{L}\p{N}_]*|\s+|[^]/gu;

const WRITES = new Set(["CREATE", "MERGE", "SET", "DELETE", "REMOVE", "FOREACH", "DROP", "INSERT"]);
const SCHEMA = /^(SHOW|(CREATE|DROP) ([A-Z]+ )*(INDEX|CONSTRAINT))\b/;
// `CYPHER 5 runtime=slotted`: which language and options the statement is for. This engine has one language.
const PREFIX = /^\s*CYPHER\b(\s+\d+(\.\d+)?)?(\s+\w+\s*=\s*\w+)*\s+/i;

export function readStatement(text: string): Statement {
  const tokens = tokenize(blank(text, PREFIX.exec(text)?.[0].length ?? 0));
  const first = tokens.findIndex(isWord);
  const mode = ({ EXPLAIN: "explain", PROFILE: "profile" } as const)[tokens[first]?.toUpperCase() ?? ""];
  // Blanks instead of the word: the places that the engine's messages name stay those of the user's text.
  if (mode) tokens[first] = " ".repeat(tokens[first]!.length);
  const words = tokens
    .filter((token, at) => isWord(token) && !isName(tokens, at))
    .map((w) => w.toUpperCase());
  return {
    query: tokens.join(""),
    mode: mode ?? "run",
    writes: words.some((word) => WRITES.has(word)),
    schema: SCHEMA.test(words.join(" ")),
  };
}

/** Replaces parameters by other expressions; `undefined` leaves one as it is. */
export function replaceParameters(query: string, replacement: (name: string) => string | undefined): string {
  return tokenize(query)
    .map((token) => (token.length > 1 && token.startsWith("$") && replacement(parameterName(token))) || token)
    .join("");
}

function tokenize(text: string): string[] {
  return text.match(TOKEN) ?? [];
}

function parameterName(token: string): string {
  return token[1] === "`" ? token.slice(2, -1).replaceAll("``", "`") : token.slice(1);
}

const isWord = (token: string): boolean => /^[\p{L}_]/u.test(token);

/** `n.set` and `(:Create)` are names, whatever they spell. */
function isName(tokens: readonly string[], at: number): boolean {
  const before = tokens[at - 1];
  return before === "." || before === ":";
}

const blank = (text: string, length: number): string => " ".repeat(length) + text.slice(length);
