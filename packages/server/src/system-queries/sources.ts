// CALL, SHOW and counts, answered from what a backend tells about itself.
import { failure } from "../failures.ts";
import type { Sources, Table } from "./pipeline.ts";
import { allProcedures, ask, type Asked, callProcedure, userOf } from "./procedures.ts";
import type { DatabaseInfo } from "./system-answers.ts";
import {
  constraintTable,
  databaseTable,
  functionTable,
  indexTable,
  procedureTable,
  userTable,
} from "./tables.ts";
import { NotOurs } from "./tokens.ts";

/** `onSystem`: the database is `system`, which no backend has: an unknown procedure is an error there. */
export function sourcesFor(asked: Asked, onSystem: boolean): Sources {
  return {
    call(procedure, args) {
      const table = callProcedure(asked, procedure, args);
      if (table) return table;
      if (!onSystem) throw new NotOurs(`unknown procedure ${procedure}`);
      throw failure(
        "procedureNotFound",
        `There is no procedure with the name \`${procedure}\` registered for this database instance.`,
      );
    },
    show: (what, name) => show(asked, what, name),
    count: async (what) => (await ask(asked, "counts"))[what],
  };
}

async function show(asked: Asked, what: readonly string[], name: unknown): Promise<Table> {
  const words = what.filter((word) => word !== "ALL" && word !== "EXECUTABLE");
  const thing = words.at(-1);
  const kind = words.slice(0, -1).join(" ");
  switch (thing) {
    case "INDEXES":
      return rowsOfKind(indexTable(await ask(asked, "indexes")), kind);
    case "CONSTRAINTS":
      return rowsOfKind(constraintTable(await ask(asked, "constraints")), kind);
    case "DATABASES":
      return databases(asked, kind, name);
    case "PROCEDURES":
      return procedureTable(await allProcedures(asked));
    case "FUNCTIONS": {
      const functions = (await asked.answers.functions?.(asked.context)) ?? [];
      return functionTable(kind === "USER DEFINED" ? [] : functions);
    }
    case "USERS":
      if (kind === "CURRENT") return userTable([await userOf(asked)], homeOf(await databaseInfos(asked)));
  }
  throw new NotOurs(`SHOW ${what.join(" ")}`);
}

/** The rows that `SHOW VECTOR INDEXES` or `SHOW UNIQUE CONSTRAINTS` asks for, by the words in front. */
function rowsOfKind(table: Table, kind: string): Table {
  if (kind === "") return table;
  const wanted = kind
    .replace(/^(REL|RELATIONSHIP) /, "RELATIONSHIP ")
    .replace(/\b(EXIST|EXISTENCE)$/, "PROPERTY EXISTENCE")
    .replace("PROPERTY PROPERTY", "PROPERTY")
    .replace(/\bUNIQUE$/, "UNIQUENESS")
    .replace(/^NODE UNIQUENESS$/, "UNIQUENESS")
    .replaceAll(" ", "_");
  const matches = (type: unknown): boolean =>
    type === wanted || (typeof type === "string" && type.endsWith(`_${wanted}`));
  return { ...table, rows: table.rows.filter(({ type }) => matches(type)) };
}

async function databaseInfos({ answers, context }: Asked): Promise<readonly DatabaseInfo[]> {
  return (await answers.databases?.(context)) ?? [{ name: "neo4j", default: true }];
}

const homeOf = (infos: readonly DatabaseInfo[]): string =>
  (infos.find((info) => info.home ?? info.default) ?? infos[0])?.name ?? "neo4j";

async function databases(asked: Asked, kind: string, name: unknown): Promise<Table> {
  const infos = await databaseInfos(asked);
  const { routing, localAddress } = asked.context.client;
  const table = databaseTable(infos, routing?.["address"] ?? localAddress ?? "localhost:7687");
  const column = kind === "DEFAULT" ? "default" : kind === "HOME" ? "home" : undefined;
  if (column) return { ...table, rows: table.rows.filter((row) => row[column] === true) };
  if (typeof name !== "string") return table;
  const wanted = name.toLowerCase();
  return { ...table, rows: table.rows.filter((row) => String(row["name"]).toLowerCase() === wanted) };
}
