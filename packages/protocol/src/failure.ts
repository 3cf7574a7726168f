// One value for the FAILURE of every version: code and message of old, GQL status, description,
// diagnostic record and cause chain of 5.7 and later. Knows the wire keys of both shapes.
import { BoltError, type BoltVersion, type Dictionary, type Value } from "@bolt/framing";

/** The code of failures that name none. */
export const UNKNOWN_CODE = "Neo.DatabaseError.General.UnknownError";
const UNKNOWN_STATUS = "50N42";
const UNKNOWN_DESCRIPTION = "error: general processing exception - unexpected error";

/** The entries of a diagnostic record that a peer leaves out when they are the default. */
export const DEFAULT_DIAGNOSTIC_RECORD: Readonly<Dictionary> = Object.freeze({
  OPERATION: "",
  OPERATION_CODE: "0",
  CURRENT_SCHEMA: "/",
});

/** What a failure says besides its code and message. Spec: message specification, FAILURE. */
export interface FailureDetails {
  /** Five characters; `50N42` when the peer gave none. */
  readonly gqlStatus?: string | undefined;
  /** The text of the GQL status; that of `50N42` and the message when the peer gave none. */
  readonly description?: string | undefined;
  /** Entries beside or instead of the three defaults, such as `_classification`. */
  readonly diagnosticRecord?: Readonly<Dictionary> | undefined;
  /** The failure behind this one. */
  readonly cause?: Failure | undefined;
}

/**
 * A FAILURE, received or to be sent. It is an error, so that a backend can throw it and a client can
 * reject with it. Spec: Bolt message specification, FAILURE.
 */
export class Failure extends BoltError {
  // The message's name in the specification, so that responses are told apart by it.
  declare readonly name: "FAILURE";
  /** Five characters of the GQL standard. */
  readonly gqlStatus: string;
  readonly description: string;
  /** Always complete: the defaults of the specification are filled in. */
  readonly diagnosticRecord: Readonly<Dictionary>;
  declare readonly cause: Failure | undefined;

  /** @param code `Neo.<Classification>.<Category>.<Title>`; empty in a received cause, which has none */
  constructor(code: string, message: string, details: FailureDetails = {}) {
    super(code, message, details.cause ? { cause: details.cause } : undefined);
    this.name = "FAILURE";
    this.gqlStatus = details.gqlStatus ?? UNKNOWN_STATUS;
    this.description = details.description ?? `${UNKNOWN_DESCRIPTION}. ${message}`;
    this.diagnosticRecord = { ...DEFAULT_DIAGNOSTIC_RECORD, ...details.diagnosticRecord };
  }
}

const text = (value: Value | undefined): string | undefined =>
  typeof value === "string" ? value : undefined;

/**
 * Reads the metadata of a FAILURE of any version; what is missing or of a wrong type gets the default.
 * Causes have no code on the wire, and an invented one would mislead.
 */
export function failureFromWire(wire: Readonly<Dictionary>, unnamed: string = UNKNOWN_CODE): Failure {
  const record = dictionary(wire["diagnostic_record"]);
  const cause = dictionary(wire["cause"]);
  return new Failure(
    text(wire["neo4j_code"]) ?? text(wire["code"]) ?? unnamed,
    text(wire["message"]) ?? UNKNOWN_DESCRIPTION,
    {
      gqlStatus: text(wire["gql_status"]),
      description: text(wire["description"]),
      diagnosticRecord: record,
      cause: cause && failureFromWire(cause, ""),
    },
  );
}

/** The metadata of a FAILURE in the shape of the version: GQL from 5.7 on, code and message before. */
export function failureToWire(failure: Failure, version: BoltVersion): Dictionary {
  if (!version.atLeast(5, 7)) return { code: failure.code, message: failure.message };
  return { neo4j_code: failure.code, ...gqlShape(failure) };
}

function gqlShape(failure: Failure): Dictionary {
  const wire: Dictionary = {
    message: failure.message,
    gql_status: failure.gqlStatus,
    description: failure.description,
  };
  const record = withoutDefaults(failure.diagnosticRecord);
  if (record) wire["diagnostic_record"] = record;
  if (failure.cause instanceof Failure) wire["cause"] = gqlShape(failure.cause);
  return wire;
}

/** A diagnostic record as the wire has it: without the defaults, and left out when nothing else is in it. */
export function withoutDefaults(record: Readonly<Dictionary>): Dictionary | undefined {
  const entries = Object.entries(record).filter(([key, value]) => value !== DEFAULT_DIAGNOSTIC_RECORD[key]);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}

/** The value as a Dictionary, or undefined when it is anything else. */
export function dictionary(value: unknown): Dictionary | undefined {
  return value !== null && typeof value === "object" && Object.getPrototypeOf(value) === Object.prototype
    ? (value as Dictionary)
    : undefined;
}
