// What a server remarks on a query: notifications up to Bolt 5.4, GQL status objects from 5.6 on.
// Knows the wire shape of both and how one is told in the words of the other.
import type { Dictionary, Value } from "@bolt/framing";
import { DEFAULT_DIAGNOSTIC_RECORD, dictionary, withoutDefaults } from "./failure.ts";

/** Where in the query text; all three from the server, offset from 0, line and column from 1. */
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
  /** `HINT`, `DEPRECATION`, `PERFORMANCE` …; servers of 5.x say it. */
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
  /** Complete: the defaults are filled in; `_severity`, `_classification` and `_position` of a notification. */
  readonly diagnosticRecord: Readonly<Dictionary>;
}

const string = (value: Value | undefined): string => (typeof value === "string" ? value : "");

function position(value: Value | undefined): InputPosition | undefined {
  const at = dictionary(value);
  if (!at) return undefined;
  const { offset, line, column } = at;
  return isWhole(offset) && isWhole(line) && isWhole(column)
    ? { offset: Number(offset), line: Number(line), column: Number(column) }
    : undefined;
}

/** As a reader makes them whose user wants all integers as bigint, too. */
const isWhole = (value: Value | undefined): value is number | bigint =>
  typeof value === "number" || typeof value === "bigint";

export function notificationFromWire(wire: Readonly<Dictionary>): Notification {
  const at = position(wire["position"]);
  return {
    code: string(wire["code"]),
    title: string(wire["title"]),
    description: string(wire["description"]),
    severity: string(wire["severity"]),
    ...(typeof wire["category"] === "string" && { category: wire["category"] }),
    ...(at && { position: at }),
  };
}

export function notificationToWire(notification: Notification): Dictionary {
  const { code, title, description, severity, category, position: at } = notification;
  const wire: Dictionary = { code, title, description, severity };
  if (category !== undefined) wire["category"] = category;
  if (at) wire["position"] = { ...at };
  return wire;
}

export function statusFromWire(wire: Readonly<Dictionary>): GqlStatusObject {
  return {
    gqlStatus: string(wire["gql_status"]),
    statusDescription: string(wire["status_description"]),
    ...(typeof wire["neo4j_code"] === "string" && { neo4jCode: wire["neo4j_code"] }),
    ...(typeof wire["title"] === "string" && { title: wire["title"] }),
    ...(typeof wire["description"] === "string" && { description: wire["description"] }),
    diagnosticRecord: { ...DEFAULT_DIAGNOSTIC_RECORD, ...dictionary(wire["diagnostic_record"]) },
  };
}

export function statusToWire(status: GqlStatusObject): Dictionary {
  const wire: Dictionary = { gql_status: status.gqlStatus, status_description: status.statusDescription };
  if (status.neo4jCode !== undefined) wire["neo4j_code"] = status.neo4jCode;
  if (status.title !== undefined) wire["title"] = status.title;
  if (status.description !== undefined) wire["description"] = status.description;
  const record = withoutDefaults(status.diagnosticRecord);
  if (record) wire["diagnostic_record"] = record;
  return wire;
}

/** The notifications among statuses of 5.6 and later: those that carry a Neo4j code. */
export function notificationsFromStatuses(statuses: readonly GqlStatusObject[]): Notification[] {
  const found: Notification[] = [];
  for (const { neo4jCode, title, description, statusDescription, diagnosticRecord } of statuses) {
    if (neo4jCode === undefined) continue;
    const at = position(diagnosticRecord["_position"]);
    const category = diagnosticRecord["_classification"];
    found.push({
      code: neo4jCode,
      title: title ?? "",
      description: description ?? statusDescription,
      severity: string(diagnosticRecord["_severity"]),
      ...(typeof category === "string" && { category }),
      ...(at && { position: at }),
    });
  }
  return found;
}

/** What became of the result, for the status that servers before 5.6 do not send. */
export interface Outcome {
  /** The result has columns. */
  readonly columns: boolean;
  /** At least one row was streamed; undefined when nobody looked. */
  readonly rows: boolean | undefined;
}

const success = (gqlStatus: string, statusDescription: string): GqlStatusObject => ({
  gqlStatus,
  statusDescription,
  diagnosticRecord: DEFAULT_DIAGNOSTIC_RECORD,
});

function outcomeStatus({ columns, rows }: Outcome): GqlStatusObject {
  if (!columns) return success("00001", "note: successful completion - omitted result");
  if (rows === undefined) return success("02N42", "note: no data - unknown subcondition");
  return rows ? success("00000", "note: successful completion") : success("02000", "note: no data");
}

// Class 02 first, then warnings, then success, then the rest.
const ORDER = ["02", "01", "00"];
const rank = ({ gqlStatus }: GqlStatusObject): number => {
  const at = ORDER.indexOf(gqlStatus.slice(0, 2));
  return at < 0 ? ORDER.length : at;
};

/** Statuses with one more warning: behind the others, before the success. */
export function withWarning(
  statuses: readonly GqlStatusObject[],
  warning: GqlStatusObject,
): GqlStatusObject[] {
  const success = statuses.findIndex((status) => rank(status) >= ORDER.indexOf("00"));
  const at = success < 0 ? statuses.length : success;
  return [...statuses.slice(0, at), warning, ...statuses.slice(at)];
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
      diagnosticRecord: {
        ...DEFAULT_DIAGNOSTIC_RECORD,
        ...(severity && { _severity: severity }),
        ...(category !== undefined && { _classification: category }),
        ...(at && { _position: { ...at } }),
      },
    };
  });
  return [outcomeStatus(outcome), ...statuses].sort((a, b) => rank(a) - rank(b));
}
