// Translates a summary to TestKit's fields.
import type { GqlStatusObject, Notification, Plan, Profile, ServerInfo, Summary } from "@bolt/client";
import type { Data } from "./context.ts";
import { fromDictionary } from "./values.ts";

/** The answer to ResultConsume and ExecuteQuery. */
export function summaryData(summary: Summary): Data {
  return {
    serverInfo: serverData(summary.server),
    counters: summary.counters,
    query: { text: summary.query.text, parameters: fromDictionary(summary.query.parameters) },
    queryType: summary.type ?? null,
    database: summary.database ?? null,
    notifications: summary.notifications.map(notificationData),
    gqlStatusObjects: summary.gqlStatusObjects.map(statusData),
    plan: summary.plan ? planData(summary.plan) : null,
    profile: summary.profile ? profileData(summary.profile) : null,
    resultAvailableAfter: summary.availableAfterMs ?? null,
    resultConsumedAfter: summary.consumedAfterMs ?? null,
  };
}

/** TestKit writes 3.0 for what the driver and the specification call version 3. */
export function serverData({ address, agent, protocolVersion }: ServerInfo): Data {
  const version = protocolVersion.includes(".") ? protocolVersion : `${protocolVersion}.0`;
  return { address, agent, protocolVersion: version };
}

const SEVERITIES = ["WARNING", "INFORMATION"];
const CATEGORIES = [
  "HINT",
  "UNRECOGNIZED",
  "UNSUPPORTED",
  "PERFORMANCE",
  "DEPRECATION",
  "GENERIC",
  "SECURITY",
  "TOPOLOGY",
  "SCHEMA",
];

const known = (values: readonly string[], raw: unknown): string =>
  typeof raw === "string" && values.includes(raw) ? raw : "UNKNOWN";

function notificationData(notification: Notification): Data {
  const { code, title, description, severity, category = "", position } = notification;
  return {
    code,
    title,
    description,
    severity,
    severityLevel: known(SEVERITIES, severity),
    rawSeverityLevel: severity,
    category: known(CATEGORIES, category),
    rawCategory: category,
    ...(position && { position }),
  };
}

function statusData({ gqlStatus, statusDescription, neo4jCode, diagnosticRecord }: GqlStatusObject): Data {
  const { _severity: severity, _classification: classification, _position: position } = diagnosticRecord;
  return {
    gqlStatus,
    statusDescription,
    diagnosticRecord: fromDictionary({
      ...diagnosticRecord,
      ...(position && { _position: mapValues(position, (at) => BigInt(at as number)) }),
    }),
    position: position ? mapValues(position, Number) : null,
    severity: known(SEVERITIES, severity),
    rawSeverity: severity ?? null,
    classification: known(CATEGORIES, classification),
    rawClassification: classification ?? null,
    isNotification: neo4jCode !== undefined,
  };
}

// Integers in diagnostic records are bigints if the server sent them, numbers if the driver derived them.
const mapValues = (map: unknown, change: (value: unknown) => unknown): Data =>
  Object.fromEntries(Object.entries(map as object).map(([key, value]) => [key, change(value)]));

function planData(plan: Plan): Data {
  return {
    operatorType: plan.operatorType,
    identifiers: plan.identifiers,
    args: plan.arguments,
    children: plan.children.map(planData),
  };
}

function profileData(profile: Profile): Data {
  const { dbHits, rows, pageCacheHits, pageCacheMisses, pageCacheHitRatio, time } = profile;
  return {
    ...planData(profile),
    dbHits,
    rows,
    pageCacheHits,
    pageCacheMisses,
    pageCacheHitRatio,
    time,
    children: profile.children.map(profileData),
  };
}
