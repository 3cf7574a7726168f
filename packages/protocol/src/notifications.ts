// A server's remarks on a query: notifications up to Bolt 5.4, GQL status objects from 5.6 on.
// Knows the wire shape of both and how to convert one into the other.
import type { Dictionary } from "@bolt/framing";
import { DEFAULT_DIAGNOSTIC_RECORD, withoutDefaults } from "./failure.ts";
import { dictionary, integer, present, string } from "./kinds.ts";

/** A position in the query text, as the server gave it: offset from 0, line and column from 1. */
export interface InputPosition {
  readonly offset: number;
  readonly line: number;
  readonly column: number;
}

/** Spec: Bolt message specification, SUCCESS of PULL and DISCARD up to 5.4, `notifications`. */
export interface Notification {
  readonly code: string;
  readonly title: string;
  readonly description: string;
  /** `WARNING` or `INFORMATION`. */
  readonly severity: string;
  /** `HINT`, `DEPRECATION`, `PERFORMANCE` …; sent by servers of 5.x. */
  readonly category?: string;
  readonly position?: InputPosition;
}

/** Spec: Bolt message specification, SUCCESS of PULL and DISCARD from 5.6 on, `statuses`. */
export interface GqlStatusObject {
  readonly gqlStatus: string;
  readonly statusDescription: string;
  /** Present when the status stands for a notification. */
  readonly neo4jCode?: string;
  readonly title?: string;
  readonly description?: string;
  /** Complete: the defaults are filled in. A notification also has `_severity`, `_classification` and `_position`. */
  readonly diagnosticRecord: Readonly<Dictionary>;
}

const text = (value: unknown): string => string(value) ?? "";

function position(value: unknown): InputPosition | undefined {
  const { offset, line, column } = dictionary(value) ?? {};
  const at = {
    offset: Number(integer(offset)),
    line: Number(integer(line)),
    column: Number(integer(column)),
  };
  return Number.isNaN(at.offset + at.line + at.column) ? undefined : at;
}

export function notificationFromWire(wire: Readonly<Dictionary>): Notification {
  return present<Notification>({
    code: text(wire["code"]),
    title: text(wire["title"]),
    description: text(wire["description"]),
    severity: text(wire["severity"]),
    category: string(wire["category"]),
    position: position(wire["position"]),
  });
}

export function notificationToWire(notification: Notification): object {
  const { code, title, description, severity, category, position: at } = notification;
  return { code, title, description, severity, category, position: at && { ...at } };
}

export function statusFromWire(wire: Readonly<Dictionary>): GqlStatusObject {
  return present<GqlStatusObject>({
    gqlStatus: text(wire["gql_status"]),
    statusDescription: text(wire["status_description"]),
    neo4jCode: string(wire["neo4j_code"]),
    title: string(wire["title"]),
    description: string(wire["description"]),
    diagnosticRecord: { ...DEFAULT_DIAGNOSTIC_RECORD, ...dictionary(wire["diagnostic_record"]) },
  });
}

export function statusToWire(status: GqlStatusObject): object {
  return {
    gql_status: status.gqlStatus,
    status_description: status.statusDescription,
    neo4j_code: status.neo4jCode,
    title: status.title,
    description: status.description,
    diagnostic_record: withoutDefaults(status.diagnosticRecord),
  };
}

/** The notifications among statuses of 5.6 and later: those that carry a Neo4j code. */
export function notificationsFromStatuses(statuses: readonly GqlStatusObject[]): Notification[] {
  return statuses.flatMap(({ neo4jCode, title, description, statusDescription, diagnosticRecord }) =>
    neo4jCode === undefined
      ? []
      : present<Notification>({
          code: neo4jCode,
          title: title ?? "",
          description: description ?? statusDescription,
          severity: text(diagnosticRecord["_severity"]),
          category: string(diagnosticRecord["_classification"]),
          position: position(diagnosticRecord["_position"]),
        }),
  );
}

/** How a result ended, for the status that servers before 5.6 do not send. */
export interface Outcome {
  /** The result has columns. */
  readonly columns: boolean;
  /** At least one row was streamed; undefined when none was asked for. */
  readonly rows: boolean | undefined;
  /** It came with a plan: without rows it was only explained, and its columns are those that it would have. */
  readonly plan?: unknown;
}

const success = (gqlStatus: string, statusDescription: string): GqlStatusObject => ({
  gqlStatus,
  statusDescription,
  diagnosticRecord: DEFAULT_DIAGNOSTIC_RECORD,
});

function outcomeStatus({ columns, rows, plan }: Outcome): GqlStatusObject {
  if (!columns || (plan && !rows)) return success("00001", "note: successful completion - omitted result");
  if (rows === undefined) return success("02N42", "note: no data - unknown subcondition");
  return rows ? success("00000", "note: successful completion") : success("02000", "note: no data");
}

// Class 02 first, then warnings, then success, then the rest.
const ORDER = ["02", "01", "00"];
const rank = ({ gqlStatus }: GqlStatusObject): number => {
  const at = ORDER.indexOf(gqlStatus.slice(0, 2));
  return at < 0 ? ORDER.length : at;
};

/** The statuses in the order of the standard. */
export function ranked(statuses: readonly GqlStatusObject[]): GqlStatusObject[] {
  return statuses.toSorted((a, b) => rank(a) - rank(b));
}

/** GQL statuses for a result of a server before 5.6: one for its outcome, one for each notification. */
export function statusesFromNotifications(
  notifications: readonly Notification[],
  outcome: Outcome,
): GqlStatusObject[] {
  const statuses = notifications.map((notification): GqlStatusObject => {
    const { code, title, description, severity, category, position: at } = notification;
    const warning = severity === "WARNING";
    return {
      gqlStatus: warning ? "01N42" : "03N42",
      statusDescription: description || (warning ? "warn: unknown warning" : "info: unknown notification"),
      neo4jCode: code,
      title,
      description,
      diagnosticRecord: present<Dictionary>({
        ...DEFAULT_DIAGNOSTIC_RECORD,
        _severity: severity || undefined,
        _classification: category,
        _position: at && { ...at },
      }),
    };
  });
  return ranked([outcomeStatus(outcome), ...statuses]);
}
