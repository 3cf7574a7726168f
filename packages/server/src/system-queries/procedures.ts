// The procedures that tools call, by name: what each needs of the backend, and its table.
import { Float } from "@bolt/protocol";
import type { Context } from "../backend.ts";
import type { MaybePromise } from "../types.ts";
import type { ProcedureInfo, SystemAnswers, UserInfo } from "./answers.ts";
import type { Table } from "./pipeline.ts";
import {
  metaData,
  metaSchema,
  nodeTypeProperties,
  relTypeProperties,
  visualization,
} from "./schema-tables.ts";
import { column, row } from "./tables.ts";
import { NotOurs } from "./tokens.ts";

/** What procedures are answered from. */
export interface Asked {
  readonly answers: SystemAnswers;
  readonly context: Context;
}

interface Procedure {
  readonly description: string;
  /** `name :: TYPE, …` of every column: Neo4j Browser parses it, and a part without `::` ends its drawing. */
  readonly returns: string;
  readonly mode?: ProcedureInfo["mode"];
  run(asked: Asked, args: readonly unknown[]): MaybePromise<Table>;
}

/** Asks the backend, or leaves the query to it when it has no answer of this kind. */
export function ask<K extends keyof Omit<SystemAnswers, "components">>(
  { answers, context }: Asked,
  kind: K,
): ReturnType<NonNullable<SystemAnswers[K]>> {
  if (!answers[kind]) throw new NotOurs(`nothing is known of ${kind}`);
  // Called as a method: answers may be an instance of a class.
  const asked = answers as Readonly<Record<string, (context: Context) => unknown>>;
  return asked[kind]!(context) as ReturnType<NonNullable<SystemAnswers[K]>>;
}

export function userOf({ answers, context }: Asked): MaybePromise<UserInfo> {
  if (answers.currentUser) return answers.currentUser(context);
  const { principal } = context;
  const name: unknown =
    typeof principal === "object" && principal !== null ? (principal as { name?: unknown }).name : principal;
  return { name: typeof name === "string" && name !== "" ? name : "neo4j" };
}

const names = (kind: "labels" | "relationshipTypes" | "propertyKeys", name: string) => ({
  returns: `${name} :: STRING`,
  run: async (asked: Asked) => column(name, await ask(asked, kind)),
});

const schema = (make: (schema: Awaited<ReturnType<NonNullable<SystemAnswers["schema"]>>>) => Table) => ({
  run: async (asked: Asked) => make(await ask(asked, "schema")),
});

const settings = async ({ answers, context }: Asked): Promise<[string, string][]> =>
  Object.entries((await answers.config?.(context)) ?? {});

export const PROCEDURES: Readonly<Record<string, Procedure>> = {
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
    run: () => row({ success: true }),
  },
  "db.indexes": {
    description: "List all indexes in the database.",
    returns:
      "id :: INTEGER, name :: STRING, state :: STRING, populationPercent :: FLOAT, uniqueness :: STRING, type :: STRING, entityType :: STRING, labelsOrTypes :: LIST<STRING>, properties :: LIST<STRING>, provider :: STRING",
    run: async (asked) => {
      const indexes = await ask(asked, "indexes");
      const rows = indexes.map((index, i) => ({
        id: i + 1,
        name: index.name,
        state: index.state ?? "ONLINE",
        populationPercent: new Float(100),
        uniqueness: index.owningConstraint ? "UNIQUE" : "NONUNIQUE",
        type: index.type ?? "RANGE",
        entityType: index.entityType ?? "NODE",
        labelsOrTypes: index.labelsOrTypes ?? [],
        properties: index.properties ?? [],
        provider: `${(index.type ?? "RANGE").toLowerCase()}-1.0`,
      }));
      const columns =
        "id name state populationPercent uniqueness type entityType labelsOrTypes properties provider";
      return { columns: columns.split(" "), rows };
    },
  },
  "db.schema.nodeTypeProperties": {
    description: "Show the properties of nodes, by label.",
    returns:
      "nodeType :: STRING, nodeLabels :: LIST<STRING>, propertyName :: STRING, propertyTypes :: LIST<STRING>, mandatory :: BOOLEAN",
    ...schema(nodeTypeProperties),
  },
  "db.schema.relTypeProperties": {
    description: "Show the properties of relationships, by type.",
    returns: "relType :: STRING, propertyName :: STRING, propertyTypes :: LIST<STRING>, mandatory :: BOOLEAN",
    ...schema(relTypeProperties),
  },
  "db.schema.visualization": {
    description: "The graph of labels and of the relationship types between them.",
    returns: "nodes :: LIST<NODE>, relationships :: LIST<RELATIONSHIP>",
    ...schema(visualization),
  },
  "apoc.meta.data": {
    description: "The shape of the graph as rows.",
    returns:
      "label :: STRING, property :: STRING, count :: INTEGER, unique :: BOOLEAN, index :: BOOLEAN, existence :: BOOLEAN, type :: STRING, array :: BOOLEAN, sample :: LIST<ANY>, left :: INTEGER, right :: INTEGER, other :: LIST<STRING>, otherLabels :: LIST<STRING>, elementType :: STRING",
    ...schema(metaData),
  },
  "apoc.meta.schema": {
    description: "The shape of the graph as a map.",
    returns: "value :: MAP",
    ...schema(metaSchema),
  },
  "dbms.components": {
    description: "List DBMS components and their versions.",
    returns: "name :: STRING, versions :: LIST<STRING>, edition :: STRING",
    mode: "DBMS",
    run: ({ answers: { components } }) =>
      row({
        name: components?.name ?? "Neo4j Kernel",
        versions: [components?.version ?? "5.26.0"],
        edition: components?.edition ?? "community",
      }),
  },
  "dbms.licenseAgreementDetails": {
    description: "Whether a licence was accepted.",
    returns: "status :: STRING, daysLeftOnTrial :: INTEGER, totalTrialDays :: INTEGER",
    mode: "DBMS",
    run: () => row({ status: "yes", daysLeftOnTrial: 0, totalTrialDays: 0 }),
  },
  "dbms.acceptedLicenseAgreement": {
    description: "Whether a licence was accepted.",
    returns: "value :: STRING",
    mode: "DBMS",
    run: () => row({ value: "yes" }),
  },
  "dbms.clientConfig": {
    description: "Settings for clients.",
    returns: "name :: STRING, value :: STRING",
    mode: "DBMS",
    run: async (asked) => ({
      columns: ["name", "value"],
      rows: (await settings(asked)).map(([name, value]) => ({ name, value })),
    }),
  },
  "dbms.listConfig": {
    description: "Settings of the server.",
    returns: "name :: STRING, description :: STRING, value :: STRING, dynamic :: BOOLEAN",
    mode: "DBMS",
    run: async (asked, [search]) => ({
      columns: ["name", "description", "value", "dynamic"],
      rows: (await settings(asked))
        .filter(([name]) => name.includes(typeof search === "string" ? search : ""))
        .map(([name, value]) => ({ name, value, description: "", dynamic: false })),
    }),
  },
  "dbms.showCurrentUser": {
    description: "Shows the current user.",
    returns: "username :: STRING, roles :: LIST<STRING>, flags :: LIST<STRING>",
    mode: "DBMS",
    run: async (asked) => {
      const { name, roles, passwordChangeRequired } = await userOf(asked);
      const flags = passwordChangeRequired ? ["password_change_required"] : [];
      return row({ username: name, roles: roles ?? [], flags });
    },
  },
  "dbms.procedures": {
    description: "List all procedures.",
    returns:
      "name :: STRING, signature :: STRING, description :: STRING, mode :: STRING, worksOnSystem :: BOOLEAN",
    mode: "DBMS",
    run: async (asked) => ({
      columns: ["name", "signature", "description", "mode", "worksOnSystem"],
      rows: (await allProcedures(asked)).map(({ name, signature, description, mode }) => ({
        name,
        signature: signature ?? `${name}()`,
        description: description ?? "",
        mode: mode ?? "READ",
        worksOnSystem: mode === "DBMS",
      })),
    }),
  },
  "dbms.functions": {
    description: "List all functions.",
    returns:
      "name :: STRING, signature :: STRING, category :: STRING, description :: STRING, aggregating :: BOOLEAN",
    mode: "DBMS",
    run: async ({ answers, context }) => ({
      columns: ["name", "signature", "category", "description", "aggregating"],
      rows: ((await answers.functions?.(context)) ?? []).map((info) => ({
        name: info.name,
        signature: info.signature ?? `${info.name}()`,
        category: info.category ?? "",
        description: info.description ?? "",
        aggregating: info.aggregating ?? false,
      })),
    }),
  },
};

/** Which answer a procedure cannot do without. */
const NEEDS: Readonly<Record<string, keyof SystemAnswers>> = {
  "db.labels": "labels",
  "db.relationshipTypes": "relationshipTypes",
  "db.propertyKeys": "propertyKeys",
  "db.indexes": "indexes",
  "db.schema.nodeTypeProperties": "schema",
  "db.schema.relTypeProperties": "schema",
  "db.schema.visualization": "schema",
  "apoc.meta.data": "schema",
  "apoc.meta.schema": "schema",
};

/** The backend's own procedures and those that are answered here. */
export async function allProcedures({ answers, context }: Asked): Promise<readonly ProcedureInfo[]> {
  const own = (await answers.procedures?.(context)) ?? [];
  const known = new Set(own.map(({ name }) => name));
  const ours = Object.entries(PROCEDURES)
    .filter(([name]) => !known.has(name) && (!NEEDS[name] || answers[NEEDS[name]]))
    .map(([name, { description, returns, mode }]) => ({
      name,
      description,
      signature: `${name}() :: (${returns})`,
      mode: mode ?? "READ",
    }));
  return [...own, ...ours];
}
