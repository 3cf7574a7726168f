// What the text of a statement alone shows: whether to explain or profile it, whether it writes or changes the schema,
// where its parameters are. Splits Cypher into tokens so that strings, comments and quoted names never count as words;
// understands no more of Cypher than that.

export interface Statement {
  /** The text with blanks instead of EXPLAIN, PROFILE and a leading `CYPHER 5`. */
  readonly query: string;
  readonly mode: "run" | "explain" | "profile";
  /** Whether it has a clause that may change the graph. */
  readonly writes: boolean;
  /** Whether it shows or changes the schema: indexes and constraints. */
  readonly schema: boolean;
}

const TOKEN =
  /'(?:\\.|[^'\\])*'?|"(?:\\.|[^"\\])*"?|`(?:``|[^`])*`?|\/\/[^\n]*|\/\*[\s\S]*?(?:\*\/|$)|\$(?:\w+|`(?:``|[^`])*`)|[\p{L}_][\p{L}\p{N}_]*|\s+|[^]/gu;

const WRITES = new Set(["CREATE", "MERGE", "SET", "DELETE", "REMOVE", "FOREACH", "DROP", "INSERT"]);
const SCHEMA = /^(SHOW|(CREATE|DROP) ([A-Z]+ )*(INDEX|CONSTRAINT))\b/;
// `CYPHER 5 runtime=slotted` selects a language version and options. This engine has only one language.
const PREFIX = /^\s*CYPHER\b(\s+\d+(\.\d+)?)?(\s+\w+\s*=\s*\w+)*\s+/i;

export function readStatement(text: string): Statement {
  const tokens = tokenize(blank(text, PREFIX.exec(text)?.[0].length ?? 0));
  const first = tokens.findIndex(isWord);
  const mode = ({ EXPLAIN: "explain", PROFILE: "profile" } as const)[tokens[first]?.toUpperCase() ?? ""];
  // Blanks instead of the word, so that positions in the engine's messages are those in the user's text.
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

/** Replaces parameters by other expressions; `undefined` leaves a parameter unchanged. */
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

/** `n.set` and `(:Create)` are names, even though they look like keywords. */
function isName(tokens: readonly string[], at: number): boolean {
  const before = tokens[at - 1];
  return before === "." || before === ":";
}

const blank = (text: string, length: number): string => " ".repeat(length) + text.slice(length);
