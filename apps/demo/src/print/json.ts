// The transcript for programs: one JSON object per line, integers beyond 2^53 as decimal text.
import type { Report } from "../transcript.ts";

export function jsonReport(write: (text: string) => void): Report {
  return (event) =>
    write(
      `${JSON.stringify(event, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value))}\n`,
    );
}
