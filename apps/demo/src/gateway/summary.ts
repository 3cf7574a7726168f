// Translates the summary from the server behind the gateway into the types of our server package.
import type * as client from "@bolt/client";
import { BoltVersion, type Plan, type Summary } from "@bolt/server";

export function summaryOf(summary: client.Summary): Summary {
  const { type, database, bookmark, profile, plan, extra } = summary;
  const { containsUpdates: _, containsSystemUpdates: __, ...counters } = summary.counters;
  return {
    type,
    database,
    bookmark,
    extra,
    counters,
    // A profile includes the plan.
    ...(profile ? { profile: planOf(profile) } : plan && { plan: planOf(plan) }),
    // The kind that arrived: the server package translates for clients that want the other one.
    ...(speaksStatuses(summary.server)
      ? { statuses: summary.gqlStatusObjects }
      : { notifications: summary.notifications }),
  };
}

const speaksStatuses = ({ protocolVersion }: client.ServerInfo): boolean =>
  BoltVersion.parse(protocolVersion).atLeast(5, 6);

function planOf({ arguments: args, children, ...rest }: client.Plan | client.Profile): Plan {
  return { ...rest, args, children: children.map(planOf) };
}
