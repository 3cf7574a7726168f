// What the server behind the gateway says at the end of a result, in the words of our server package.
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
    // Of a profile the plan is a part.
    ...(profile ? { profile: planOf(profile) } : plan && { plan: planOf(plan) }),
    // Each kind as it came: the server package translates where its client wants the other one.
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
