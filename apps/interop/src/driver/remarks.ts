// What a server reports about queries: notifications, GQL statuses, and the filters that suppress them.
import assert from "node:assert/strict";
import {
  type Capabilities,
  type Driver,
  type NotificationSettings,
  type Summary,
  UnsupportedError,
} from "@bolt/client";
import { type Checks, rejection, Skip } from "./check.ts";

const UNKNOWN_LABEL = "MATCH (n:NoSuchLabelAnywhere) RETURN n";
/** The query, or its plan for servers that send notifications about plans only, such as Neo4j 4. */
const unknownLabel = ({ notificationFilters }: Capabilities): string =>
  notificationFilters ? UNKNOWN_LABEL : `EXPLAIN ${UNKNOWN_LABEL}`;
const CARTESIAN = "EXPLAIN MATCH (a:Driven), (b:Driven) RETURN a, b";

async function summaryOf(db: Driver, query: string, notifications?: NotificationSettings): Promise<Summary> {
  await using session = db.session(notifications ? { notifications } : {});
  return (await session.run(query)).summary;
}

/** The last parts of the codes: "UnknownLabelWarning". */
const titles = ({ notifications }: Summary): string[] =>
  notifications.map(({ code }) => code.slice(code.lastIndexOf(".") + 1));

const statuses = ({ gqlStatusObjects }: Summary): string[] =>
  gqlStatusObjects.map(({ gqlStatus }) => gqlStatus);

export const remarks: Checks = {
  notifications: async ({ db, capabilities }) => {
    const { notifications } = await summaryOf(db, unknownLabel(capabilities));
    assert.equal(notifications.length, 1);
    const { code, title, description, severity, position } = notifications[0]!;
    assert.match(code, /^Neo\.ClientNotification\.Statement\.UnknownLabel/);
    assert.equal(severity, "WARNING");
    assert.ok(title !== "" && description.includes("NoSuchLabelAnywhere"), description);
    assert.equal(position?.line, 1);
    assert.ok(titles(await summaryOf(db, CARTESIAN)).some((name) => name.startsWith("CartesianProduct")));
    assert.deepEqual((await summaryOf(db, "RETURN 1")).notifications, []);
    return `${code}, line 1, column ${position.column}`;
  },

  "GQL statuses of outcomes": async ({ db, run }) => {
    const outcomes = {
      "RETURN 1": "00000",
      "UNWIND [] AS n RETURN n": "02000",
      [`CREATE (:Driven {run: '${run}'})`]: "00001",
    };
    for (const [query, status] of Object.entries(outcomes)) {
      assert.deepEqual(statuses(await summaryOf(db, query)), [status], query);
    }
  },

  "GQL statuses of notifications": async ({ db, capabilities }) => {
    const { gqlStatusObjects } = await summaryOf(db, unknownLabel(capabilities));
    const codes = gqlStatusObjects.map(({ gqlStatus }) => gqlStatus);
    assert.ok(codes.includes("02000"), codes.join(", "));
    const remark = gqlStatusObjects.find(({ gqlStatus }) => gqlStatus.startsWith("01N"));
    assert.ok(remark, codes.join(", "));
    assert.equal(remark.diagnosticRecord["_severity"], "WARNING");
    assert.equal(remark.diagnosticRecord["CURRENT_SCHEMA"], "/");
    return codes.join(", ");
  },

  "filters of a driver": async ({ open, capabilities }) => {
    if (!capabilities.notificationFilters) {
      const db = open({ notifications: { minimumSeverity: "OFF" } });
      await rejection(db.executeQuery("RETURN 1"), UnsupportedError);
      throw new Skip("needs Bolt 5.2, and says so");
    }
    const seen = async (notifications: NotificationSettings): Promise<string[]> => {
      const db = open({ notifications });
      return [...titles(await summaryOf(db, UNKNOWN_LABEL)), ...titles(await summaryOf(db, CARTESIAN))];
    };
    assert.equal((await seen({ minimumSeverity: "INFORMATION" })).length, 2);
    assert.equal((await seen({ minimumSeverity: "WARNING" })).length, 1);
    assert.deepEqual(await seen({ minimumSeverity: "OFF" }), []);
    const noLabels = await seen({ disabledClassifications: ["UNRECOGNIZED"] });
    assert.deepEqual([noLabels.length, noLabels[0]?.startsWith("Cartesian")], [1, true]);
    assert.equal((await seen({ disabledClassifications: ["UNRECOGNIZED", "PERFORMANCE"] })).length, 0);
  },

  "filters of a session": async ({ db, capabilities }) => {
    if (!capabilities.notificationFilters) throw new Skip("needs Bolt 5.2");
    assert.deepEqual(titles(await summaryOf(db, UNKNOWN_LABEL, { minimumSeverity: "OFF" })), []);
    assert.equal(titles(await summaryOf(db, UNKNOWN_LABEL)).length, 1);
    await using session = db.session({ notifications: { disabledClassifications: ["UNRECOGNIZED"] } });
    const { summary } = await session.executeRead((tx) => tx.run(UNKNOWN_LABEL));
    assert.deepEqual(summary.notifications, []);
  },
};
