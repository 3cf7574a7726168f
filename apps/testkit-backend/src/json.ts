// JSON with 64-bit integers: whole numbers outside the safe range are bigints, in both directions.

// Newer than the type declarations: https://github.com/tc39/proposal-json-parse-with-source
type Reviver = (key: string, value: unknown, context: { readonly source?: string }) => unknown;
const parseWithSource = JSON.parse as (text: string, reviver: Reviver) => unknown;
const { rawJSON } = JSON as unknown as { rawJSON: (this: void, text: string) => unknown };

/** Parses one JSON text. Throws SyntaxError. */
export function parse(text: string): unknown {
  return parseWithSource(text, (_key, value, { source }) =>
    typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(source ?? "")
      ? BigInt(source!)
      : value,
  );
}

/** Writes one JSON text on one line. */
export function stringify(value: unknown): string {
  return JSON.stringify(value, (_key, item: unknown) =>
    typeof item === "bigint" ? rawJSON(item.toString()) : item,
  );
}
