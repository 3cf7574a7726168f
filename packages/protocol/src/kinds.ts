// The kinds of values in messages: each function returns the value if it is of its kind, else undefined.
// Knows no message and no key; the caller decides what a value of another kind means.
import type { Dictionary } from "@bolt/framing";
import { isDictionary } from "./structures/checks.ts";

export const string = (value: unknown): string | undefined => (typeof value === "string" ? value : undefined);

export const boolean = (value: unknown): boolean | undefined =>
  typeof value === "boolean" ? value : undefined;

/** A number while it is safe, whatever form the caller wants for integers of results and parameters. */
export const integer = (value: unknown): number | bigint | undefined => {
  if (typeof value !== "bigint") return Number.isInteger(value) ? (value as number) : undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
};

export const strings = (value: unknown): string[] | undefined =>
  Array.isArray(value) && value.every((item) => typeof item === "string") ? value : undefined;

export const dictionary = (value: unknown): Dictionary | undefined =>
  isDictionary(value) ? (value as Dictionary) : undefined;

/** Drops undefined entries, for types whose keys may be missing but not undefined. */
export const present = <T extends object>(entries: { readonly [K in keyof T]: T[K] | undefined }): T =>
  Object.fromEntries(Object.entries(entries).filter(([, value]) => value !== undefined)) as T;
