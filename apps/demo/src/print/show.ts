// Values for people: close to Cypher, on one line, at most 110 characters.
import { Float } from "@bolt/client";

const MAX_LENGTH = 110;

/** A value in a form like Cypher's. Nodes, dates and the like have their own `toString`. */
export function show(value: unknown): string {
  return clip(form(value));
}

/** A text cut to 110 characters. */
export function clip(text: string): string {
  return text.length > MAX_LENGTH ? `${text.slice(0, MAX_LENGTH - 1)}…` : text;
}

function form(value: unknown): string {
  if (value === undefined) return "nothing";
  if (typeof value === "string") return JSON.stringify(value);
  if (value === null || typeof value !== "object") return String(value);
  if (value instanceof Float)
    return Number.isInteger(value.value) ? value.value.toFixed(1) : String(value.value);
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString("hex")}`;
  if (Array.isArray(value)) return `[${value.map(form).join(", ")}]`;
  if (Object.getPrototypeOf(value) === Object.prototype) {
    return `{${Object.entries(value)
      .map(([key, item]) => `${key}: ${form(item)}`)
      .join(", ")}}`;
  }
  return String(value);
}

/** A tree as lines, with branches drawn before the labels. */
export function drawTree<T>(
  root: T,
  label: (node: T) => string,
  children: (node: T) => readonly T[],
): string[] {
  const lines = [label(root)];
  const below = children(root);
  below.forEach((child, at) => {
    const last = at === below.length - 1;
    const [first, ...rest] = drawTree(child, label, children);
    lines.push(`${last ? "└─" : "├─"} ${first}`, ...rest.map((text) => `${last ? "  " : "│ "} ${text}`));
  });
  return lines;
}
