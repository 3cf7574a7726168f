// Translates the engine's errors. Its GQL status codes become @bolt/server's kinds of failure, which have Neo4j codes,
// because drivers decide by these codes what to retry and what to throw.
import { Failure, failure, type FailureKind } from "@bolt/server";

interface EngineError extends Error {
  /** Five characters; only errors of the database have it. */
  readonly gqlStatus?: string;
}

/** The first match decides; `when` tests the message where one status has several meanings. */
const KINDS: readonly { status: string; when?: RegExp; kind: FailureKind }[] = [
  { status: "22000", when: /internal error/i, kind: "internal" },
  { status: "22003", kind: "arithmeticError" },
  { status: "22012", kind: "arithmeticError" },
  { status: "22G03", kind: "typeError" },
  { status: "22", kind: "argumentError" },
  // Another transaction has changed the same data: a retry may well succeed.
  { status: "40", kind: "conflict" },
  { status: "42002", when: /missing parameter/i, kind: "parameterMissing" },
  { status: "42002", when: /unknown procedure/i, kind: "procedureNotFound" },
  { status: "42002", when: /^[^']*index '.*' does not exist/i, kind: "indexNotFound" },
  { status: "42002", when: /^[^']*constraint '.*' does not exist/i, kind: "constraintNotFound" },
  { status: "42", kind: "syntaxError" },
  // Deleting a node that still has relationships, and a value that a constraint forbids.
  { status: "G1", kind: "constraintViolation" },
  { status: "G2", kind: "constraintViolation" },
];

/** The Failure for an error of the engine; anything else, a Failure included, is returned unchanged. */
export function toFailure(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof Failure) return error;
  const { gqlStatus, message } = error as EngineError;
  if (gqlStatus === undefined) return error;
  const entry = KINDS.find(
    ({ status, when }) => gqlStatus.startsWith(status) && (when?.test(message) ?? true),
  );
  return entry ? failure(entry.kind, readable(message), { gqlStatus }) : error;
}

/** `Query error: GRAFEO-Q001: syntax error: …` without the two labels at the start. */
const readable = (message: string): string => message.replace(/^(?:\w+ error: )?(?:GRAFEO-\w+: )?/, "");
