// The end of a result: turns a backend's summary into the metadata of SUCCESS. The protocol layer leaves out
// what the client's version does not know.
import { Float, statusesFromNotifications, type Dictionary, type Metadata } from "@bolt/protocol";
import type { Counters, NotificationFilter, Plan, Summary } from "../backend.ts";
import { wrongShape } from "./contract.ts";

/** What is known about a result besides its summary. */
export interface ResultFacts {
  readonly columns: boolean;
  /** Whether there were any; undefined when none was looked for. */
  readonly rows: boolean | undefined;
  readonly database: string;
  readonly filter: NotificationFilter;
  readonly tLast: number;
  /** Whether the bookmark belongs in this SUCCESS, because no COMMIT follows. */
  readonly autoCommit: boolean;
}

export function summaryMetadata(summary: Summary, facts: ResultFacts): Metadata {
  if (typeof summary !== "object") throw wrongShape("a summary must be an object", summary);
  const stats = countersToStats(summary.counters ?? {});
  const { plan, profile, bookmark, extra } = summary;
  return {
    ...(extra && { ...extra, hasMore: false }),
    type: summary.type ?? (stats ? (facts.columns ? "rw" : "w") : "r"),
    db: summary.database ?? facts.database,
    tLast: facts.tLast,
    ...(facts.autoCommit && bookmark !== undefined && { bookmark }),
    ...(stats && { stats }),
    ...(plan && { plan: planToDictionary(plan) }),
    ...(profile && { profile: planToDictionary(profile) }),
    ...remarks(summary, facts),
  };
}

/** `nodesCreated` is `nodes-created` on the wire; undefined when nothing was changed. */
function countersToStats(counters: Counters): Record<string, number | boolean> | undefined {
  const stats: Record<string, number | boolean> = {};
  for (const [name, count] of Object.entries(counters)) {
    if (!count) continue;
    const key = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
    stats[key] = count;
    stats[key === "system-updates" ? "contains-system-updates" : "contains-updates"] = true;
  }
  return Object.keys(stats).length > 0 ? stats : undefined;
}

function planToDictionary(plan: Plan): Dictionary {
  const { children, identifiers, args, pageCacheHitRatio: ratio, ...rest } = plan;
  return {
    ...(rest as Dictionary),
    // A float even when it is 0 or 1.
    ...(ratio !== undefined && { pageCacheHitRatio: new Float(ratio) }),
    args: { ...args },
    identifiers: [...(identifiers ?? [])],
    children: (children ?? []).map(planToDictionary),
  };
}

function remarks(summary: Summary, { filter, columns, rows }: ResultFacts): Metadata {
  if (summary.statuses) {
    const statuses = summary.statuses.filter(
      // A status without a Neo4j code is the outcome, not a notification.
      ({ neo4jCode, diagnosticRecord: record }) =>
        neo4jCode === undefined || wanted(filter, record?.["_severity"], record?.["_classification"]),
    );
    // A backend may give notifications only: then the outcome is added.
    if (!statuses.some(({ gqlStatus }) => /^0[02]/.test(gqlStatus))) {
      const [outcome] = statusesFromNotifications([], { columns, rows, plan: summary.plan });
      if (outcome?.gqlStatus.startsWith("02")) statuses.unshift(outcome);
      else if (outcome) statuses.push(outcome);
    }
    return { statuses };
  }
  const notifications = summary.notifications?.filter(({ severity, category }) =>
    wanted(filter, severity, category),
  );
  return notifications?.length ? { notifications } : {};
}

/** Spec: HELLO, `notifications_minimum_severity` and `notifications_disabled_classifications`. */
function wanted(
  { minimumSeverity, disabledClassifications }: NotificationFilter,
  severity: unknown,
  category: unknown,
): boolean {
  if (minimumSeverity === "OFF") return false;
  if (minimumSeverity === "WARNING" && severity !== "WARNING") return false;
  return !disabledClassifications?.includes(category as string);
}
