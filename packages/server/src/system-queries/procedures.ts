// The procedures that tools call, by name: which of the backend's answers each needs, and the table that it returns.
import type { Context } from "../backend.ts";
import type { MaybePromise } from "../maybe-promise.ts";
import type { Table } from "./pipeline.ts";
import {
  metaData,
  metaSchema,
  nodeTypeProperties,
  relTypeProperties,
  visualization,
} from "./schema-tables.ts";
import type { ProcedureInfo, SystemAnswers, UserInfo } from "./system-answers.ts";
import { functionTable, indexTable, procedureTable } from "./tables.ts";
import { NotOurs } from "./tokens.ts";

/** What procedures are answered from. */
export interface Asked {
  readonly answers: SystemAnswers;
  readonly context: Context;
}

type Question = keyof Omit<SystemAnswers, "components">;
type Told<K extends Question> = ReturnType<NonNullable<SystemAnswers[K]>>;

interface Procedure {
  readonly description: string;
  /** `name :: TYPE, …` of every column: Neo4j Browser parses it, and stops working at a part without `::`. */
  readonly returns: string;
  readonly mode?: ProcedureInfo["mode"];
  /** The answer that it requires. */
  readonly needs?: Question;
  rows(asked: Asked, args: readonly unknown[]): MaybePromise<Table["rows"]>;
}

/** The table of a procedure; undefined when no procedure has the name. */
export function callProcedure(
  asked: Asked,
  name: string,
  args: readonly unknown[],
): Promise<Table> | undefined {
  const procedure = Object.hasOwn(PROCEDURES, name) ? PROCEDURES[name] : undefined;
  return procedure && tableOf(procedure, asked, args);
}

async function tableOf(procedure: Procedure, asked: Asked, args: readonly unknown[]): Promise<Table> {
  const columns = procedure.returns.split(", ").map((column) => column.split(" ", 1)[0]!);
  return { columns, rows: await procedure.rows(asked, args) };
}

/** Asks the backend for an answer. Throws NotOurs, which leaves the query to the backend, when it has none. */
export function ask<K extends Question>({ answers, context }: Asked, kind: K): Told<K> {
  if (!answers[kind]) throw new NotOurs(`nothing is known of ${kind}`);
  // Called as a method: answers may be an instance of a class.
  const asked = answers as Readonly<Record<string, (context: Context) => unknown>>;
  return asked[kind]!(context) as Told<K>;
}

export function userOf({ answers, context }: Asked): MaybePromise<UserInfo> {
  if (answers.currentUser) return answers.currentUser(context);
  const { principal } = context;
  const name: unknown =
    typeof principal === "object" && principal !== null ? (principal as { name?: unknown }).name : principal;
  return { name: typeof name === "string" && name !== "" ? name : "neo4j" };
}

/** The part of a procedure whose rows are made from one answer. */
const from = <K extends Question>(needs: K, rows: (told: Awaited<Told<K>>) => Table["rows"]) => ({
  needs,
  rows: async (asked: Asked) => rows(await ask(asked, needs)),
});

const names = (needs: "labels" | "relationshipTypes" | "propertyKeys", column: string) => ({
  returns: `${column} :: STRING`,
  ...from(needs, (told) => told.map((name) => ({ [column]: name }))),
});

async function settings({ answers, context }: Asked) {
  const entries = Object.entries((await answers.config?.(context)) ?? {});
  return entries.map(([name, value]) => ({ name, value, description: "", dynamic: false }));
}

const PROCEDURES: Readonly<Record<string, Procedure>> = {
  "db.labels": { description: "List all labels in the database.", ...names("labels", "label") },
  "db.relationshipTypes": {
    description: "List all relationship types in the database.",
    ...names("relationshipTypes", "relationshipType"),
  },
  "db.propertyKeys": {
    description: "List all property keys in the database.",
    ...names("propertyKeys", "propertyKey"),
  },
  "db.ping": {
    description: "Says that the server is there.",
    returns: "success :: BOOLEAN",
    rows: () => [{ success: true }],
  },
  "db.indexes": {
    description: "List all indexes in the database.",
    returns:
      "id :: INTEGER, name :: STRING, state :: STRING, populationPercent :: FLOAT, uniqueness :: STRING, type :: STRING, entityType :: STRING, labelsOrTypes :: LIST<STRING>, properties :: LIST<STRING>, provider :: STRING",
    ...from("indexes", (indexes) =>
      indexTable(indexes).rows.map((row, i) => ({
        ...row,
        uniqueness: indexes[i]?.owningConstraint ? "UNIQUE" : "NONUNIQUE",
        labelsOrTypes: row["labelsOrTypes"] ?? [],
        properties: row["properties"] ?? [],
        provider: row["indexProvider"],
      })),
    ),
  },
  "db.schema.nodeTypeProperties": {
    description: "Show the properties of nodes, by label.",
    returns:
      "nodeType :: STRING, nodeLabels :: LIST<STRING>, propertyName :: STRING, propertyTypes :: LIST<STRING>, mandatory :: BOOLEAN",
    ...from("schema", nodeTypeProperties),
  },
  "db.schema.relTypeProperties": {
    description: "Show the properties of relationships, by type.",
    returns: "relType :: STRING, propertyName :: STRING, propertyTypes :: LIST<STRING>, mandatory :: BOOLEAN",
    ...from("schema", relTypeProperties),
  },
  "db.schema.visualization": {
    description: "The graph of labels and of the relationship types between them.",
    returns: "nodes :: LIST<NODE>, relationships :: LIST<RELATIONSHIP>",
    ...from("schema", visualization),
  },
  "apoc.meta.data": {
    description: "The shape of the graph as rows.",
    returns:
      "label :: STRING, property :: STRING, count :: INTEGER, unique :: BOOLEAN, index :: BOOLEAN, existence :: BOOLEAN, type :: STRING, array :: BOOLEAN, sample :: LIST<ANY>, left :: INTEGER, right :: INTEGER, other :: LIST<STRING>, otherLabels :: LIST<STRING>, elementType :: STRING",
    ...from("schema", metaData),
  },
  "apoc.meta.schema": {
    description: "The shape of the graph as a map.",
    returns: "value :: MAP",
    ...from("schema", metaSchema),
  },
  "dbms.components": {
    description: "List DBMS components and their versions.",
    returns: "name :: STRING, versions :: LIST<STRING>, edition :: STRING",
    mode: "DBMS",
    rows: ({ answers: { components } }) => [
      {
        name: components?.name ?? "Neo4j Kernel",
        versions: [components?.version ?? "5.26.0"],
        edition: components?.edition ?? "community",
      },
    ],
  },
  "dbms.licenseAgreementDetails": {
    description: "Whether a licence was accepted.",
    returns: "status :: STRING, daysLeftOnTrial :: INTEGER, totalTrialDays :: INTEGER",
    mode: "DBMS",
    rows: () => [{ status: "yes", daysLeftOnTrial: 0, totalTrialDays: 0 }],
  },
  "dbms.acceptedLicenseAgreement": {
    description: "Whether a licence was accepted.",
    returns: "value :: STRING",
    mode: "DBMS",
    rows: () => [{ value: "yes" }],
  },
  "dbms.clientConfig": {
    description: "Settings for clients.",
    returns: "name :: STRING, value :: STRING",
    mode: "DBMS",
    rows: settings,
  },
  "dbms.listConfig": {
    description: "Settings of the server.",
    returns: "name :: STRING, description :: STRING, value :: STRING, dynamic :: BOOLEAN",
    mode: "DBMS",
    rows: async (asked, [search]) =>
      (await settings(asked)).filter(({ name }) => name.includes(typeof search === "string" ? search : "")),
  },
  "dbms.showCurrentUser": {
    description: "Shows the current user.",
    returns: "username :: STRING, roles :: LIST<STRING>, flags :: LIST<STRING>",
    mode: "DBMS",
    rows: async (asked) => {
      const { name, roles, passwordChangeRequired } = await userOf(asked);
      const flags = passwordChangeRequired ? ["password_change_required"] : [];
      return [{ username: name, roles: roles ?? [], flags }];
    },
  },
  "dbms.procedures": {
    description: "List all procedures.",
    returns:
      "name :: STRING, signature :: STRING, description :: STRING, mode :: STRING, worksOnSystem :: BOOLEAN",
    mode: "DBMS",
    rows: async (asked) => procedureTable(await allProcedures(asked)).rows,
  },
  "dbms.functions": {
    description: "List all functions.",
    returns:
      "name :: STRING, signature :: STRING, category :: STRING, description :: STRING, aggregating :: BOOLEAN",
    mode: "DBMS",
    rows: async ({ answers, context }) => functionTable((await answers.functions?.(context)) ?? []).rows,
  },
};

/** The backend's own procedures and those that are answered here. */
export async function allProcedures({ answers, context }: Asked): Promise<readonly ProcedureInfo[]> {
  const own = (await answers.procedures?.(context)) ?? [];
  const known = new Set(own.map(({ name }) => name));
  const ours = Object.entries(PROCEDURES)
    .filter(([name, { needs }]) => !known.has(name) && (!needs || answers[needs]))
    .map(([name, { description, returns, mode }]) => ({
      name,
      description,
      signature: `${name}() :: (${returns})`,
      mode: mode ?? "READ",
    }));
  return [...own, ...ours];
}
