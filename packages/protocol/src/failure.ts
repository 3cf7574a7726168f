// One class for the FAILURE of every version: its code and message, and the GQL status, description,
// diagnostic record and cause chain of 5.7 and later. Knows the wire keys of both shapes.
import { BoltError, type BoltVersion, type Dictionary } from "@bolt/framing";
import { dictionary, string } from "./kinds.ts";

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
  /** Entries in addition to the three defaults, such as `_classification`, or in place of them. */
  readonly diagnosticRecord?: Readonly<Dictionary> | undefined;
  /** The failure that caused this one. */
  readonly cause?: Failure | undefined;
}

/**
 * A FAILURE, received or to be sent. It is an error, so that a backend can throw it and a client can
 * reject with it. Spec: Bolt message specification, FAILURE.
 */
export class Failure extends BoltError {
  /** The message's name in the specification, which distinguishes responses; a driver's error has its own. */
  declare readonly name: "FAILURE" | "ServerFailure";
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

/**
 * Reads the metadata of a FAILURE of any version; what is missing or of a wrong type gets the default.
 * Causes have no code on the wire, and an invented one would mislead.
 */
export function failureFromWire(wire: Readonly<Dictionary>, unnamed: string = UNKNOWN_CODE): Failure {
  const record = dictionary(wire["diagnostic_record"]);
  const cause = dictionary(wire["cause"]);
  return new Failure(
    string(wire["neo4j_code"]) ?? string(wire["code"]) ?? unnamed,
    string(wire["message"]) ?? UNKNOWN_DESCRIPTION,
    {
      gqlStatus: string(wire["gql_status"]),
      description: string(wire["description"]),
      diagnosticRecord: record,
      cause: cause && failureFromWire(cause, ""),
    },
  );
}

/** The metadata of a FAILURE in the shape of the version: GQL from 5.7 on, code and message before. */
export function failureToWire(failure: Failure, version: BoltVersion): object {
  const { code, message } = failure;
  return version.atLeast(5, 7) ? { neo4j_code: code, ...gqlShape(failure) } : { code, message };
}

function gqlShape({ message, gqlStatus, description, diagnosticRecord, cause }: Failure): object {
  return {
    message,
    gql_status: gqlStatus,
    description,
    diagnostic_record: withoutDefaults(diagnosticRecord),
    cause: cause instanceof Failure ? gqlShape(cause) : undefined,
  };
}

/** A diagnostic record as the wire has it: without the defaults, and left out when nothing else is in it. */
export function withoutDefaults(record: Readonly<Dictionary>): Dictionary | undefined {
  const entries = Object.entries(record).filter(([key, value]) => value !== DEFAULT_DIAGNOSTIC_RECORD[key]);
  return entries.length > 0 ? Object.fromEntries(entries) : undefined;
}
