// The end of a result: what a backend says in its own words becomes the metadata of SUCCESS. The layer
// beneath leaves out what the client's version does not know.
import { Float, statusesFromNotifications } from "@bolt/protocol";
import type { Counters, NotificationFilter, Plan, Summary } from "../backend.ts";
import { wrongShape } from "./contract.ts";
import type { Dictionary, GqlStatusObject, Metadata, Notification } from "../types.ts";

/** What is known about a result besides its summary. */
export interface ResultFacts {
  readonly columns: boolean;
  readonly rows: boolean;
  readonly database: string;
  readonly filter: NotificationFilter;
  readonly tLast: number;
  /** The bookmark goes with this result: it was a transaction of its own. */
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
    if (count) stats[name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)] = count;
  }
  const { "system-updates": system, ...data } = stats;
  if (Object.keys(data).length > 0) stats["contains-updates"] = true;
  if (system) stats["contains-system-updates"] = true;
  return Object.keys(stats).length > 0 ? stats : undefined;
}

function planToDictionary(plan: Plan): Dictionary {
  const { children, identifiers, args, pageCacheHitRatio: ratio, ...rest } = plan;
  return {
    ...(rest as Dictionary),
    // A float, also when it is 0 or 1.
    ...(ratio !== undefined && { pageCacheHitRatio: new Float(ratio) }),
    args: { ...args },
    identifiers: [...(identifiers ?? [])],
    children: (children ?? []).map(planToDictionary),
  };
}

function remarks(summary: Summary, { filter, columns, rows }: ResultFacts): Metadata {
  if (summary.statuses) {
    const statuses = summary.statuses.filter((status) => wanted(filter, severityOf(status)));
    // A backend that only has warnings to give leaves the outcome to us.
    if (!statuses.some(({ gqlStatus }) => /^0[02]/.test(gqlStatus))) {
      const [outcome] = statusesFromNotifications([], { columns, rows });
      if (outcome?.gqlStatus.startsWith("02")) statuses.unshift(outcome);
      else if (outcome) statuses.push(outcome);
    }
    return { statuses };
  }
  const notifications = summary.notifications?.filter((notification) => wanted(filter, notification));
  return notifications?.length ? { notifications } : {};
}

type Remark = Pick<Notification, "severity" | "category"> | undefined;

/** Undefined when the status is no remark but the outcome. */
function severityOf({ neo4jCode, diagnosticRecord }: GqlStatusObject): Remark {
  if (neo4jCode === undefined) return undefined;
  const { _severity: severity, _classification: category } = diagnosticRecord ?? {};
  return { severity: String(severity ?? ""), ...(typeof category === "string" && { category }) };
}

/** Spec: HELLO, `notifications_minimum_severity` and `notifications_disabled_classifications`. */
function wanted({ minimumSeverity, disabledClassifications }: NotificationFilter, remark: Remark): boolean {
  if (!remark) return true;
  if (minimumSeverity === "OFF") return false;
  if (minimumSeverity === "WARNING" && remark.severity !== "WARNING") return false;
  return !(remark.category && disabledClassifications?.includes(remark.category));
}
