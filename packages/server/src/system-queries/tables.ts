// The tables of SHOW: columns and rows as Neo4j 5 has them, made from a backend's answers.
import { Float } from "@bolt/protocol";
import type { Table } from "./pipeline.ts";
import type {
  ConstraintInfo,
  DatabaseInfo,
  FunctionInfo,
  IndexInfo,
  ProcedureInfo,
  UserInfo,
} from "./system-answers.ts";

type Columns<T> = Readonly<Record<string, (info: T, i: number) => unknown>>;

/** A table with its usual columns and further ones. */
function table<T>(infos: readonly T[], usual: Columns<T>, more: Columns<T> = {}): Table {
  const columns = { ...usual, ...more };
  return {
    columns: Object.keys(columns),
    usual: Object.keys(usual),
    rows: infos.map((info, i) =>
      Object.fromEntries(Object.entries(columns).map(([name, of]) => [name, of(info, i) ?? null])),
    ),
  };
}

export function indexTable(infos: readonly IndexInfo[]): Table {
  return table(
    infos,
    {
      id: (_, i) => i + 1,
      name: ({ name }) => name,
      state: ({ state }) => state ?? "ONLINE",
      // A float, although it is whole: tools in typed languages require one.
      populationPercent: () => new Float(100),
      type: ({ type }) => type ?? "RANGE",
      entityType: ({ entityType }) => entityType ?? "NODE",
      labelsOrTypes: ({ labelsOrTypes }) => labelsOrTypes,
      properties: ({ properties }) => properties,
      indexProvider: ({ type }) => `${(type ?? "RANGE").toLowerCase()}-1.0`,
      owningConstraint: ({ owningConstraint }) => owningConstraint,
      lastRead: () => null,
      readCount: () => 0,
    },
    {
      trackedSince: () => null,
      options: ({ options }) => options ?? {},
      failureMessage: () => "",
      createStatement: ({ createStatement }) => createStatement,
    },
  );
}

export function constraintTable(infos: readonly ConstraintInfo[]): Table {
  return table(
    infos,
    {
      id: (_, i) => i + 1,
      name: ({ name }) => name,
      type: ({ type }) => type ?? "UNIQUENESS",
      entityType: ({ entityType }) => entityType ?? "NODE",
      labelsOrTypes: ({ labelsOrTypes }) => labelsOrTypes ?? [],
      properties: ({ properties }) => properties ?? [],
      ownedIndex: ({ ownedIndex }) => ownedIndex,
      propertyType: ({ propertyType }) => propertyType,
    },
    { options: () => ({}), createStatement: ({ createStatement }) => createStatement },
  );
}

/** `address`: where the client reached this server. `system` is always included. */
export function databaseTable(infos: readonly DatabaseInfo[], address: string): Table {
  const system: DatabaseInfo = { name: "system" };
  const all = infos.some(({ name }) => name === "system") ? infos : [...infos, system];
  return table(
    all,
    {
      name: ({ name }) => name,
      type: ({ name, type }) => type ?? (name === "system" ? "system" : "standard"),
      aliases: ({ aliases }) => aliases ?? [],
      access: ({ access }) => access ?? "read-write",
      address: () => address,
      role: () => "primary",
      writer: () => true,
      requestedStatus: () => "online",
      currentStatus: ({ status }) => status ?? "online",
      statusMessage: () => "",
      default: (info) => info.default ?? false,
      home: (info) => info.home ?? info.default ?? false,
      constituents: () => [],
    },
    {
      databaseID: ({ name }) => name,
      serverID: () => null,
      requestedPrimariesCount: () => 1,
      requestedSecondariesCount: () => 0,
      currentPrimariesCount: () => 1,
      currentSecondariesCount: () => 0,
      creationTime: () => null,
      lastStartTime: () => null,
      lastStopTime: () => null,
      store: () => null,
      lastCommittedTxn: () => null,
      replicationLag: () => 0,
      options: () => ({}),
      // Neo4j 4 has this column instead of `statusMessage`.
      error: () => "",
    },
  );
}

export function procedureTable(infos: readonly ProcedureInfo[]): Table {
  return table(
    infos,
    {
      name: ({ name }) => name,
      description: ({ description }) => description ?? "",
      mode: ({ mode }) => mode ?? "READ",
      worksOnSystem: ({ mode }) => mode === "DBMS",
    },
    {
      signature: ({ name, signature }) => signature ?? `${name}()`,
      argumentDescription: () => [],
      returnDescription: () => [],
      admin: () => false,
      rolesExecution: () => null,
      rolesBoostedExecution: () => null,
      isDeprecated: () => false,
      deprecatedBy: () => null,
      option: () => ({ deprecated: false }),
    },
  );
}

export function functionTable(infos: readonly FunctionInfo[]): Table {
  return table(
    infos,
    {
      name: ({ name }) => name,
      category: ({ category }) => category ?? "",
      description: ({ description }) => description ?? "",
    },
    {
      signature: ({ name, signature }) => signature ?? `${name}()`,
      isBuiltIn: () => true,
      argumentDescription: () => [],
      returnDescription: () => "",
      aggregating: ({ aggregating }) => aggregating ?? false,
      rolesExecution: () => null,
      rolesBoostedExecution: () => null,
      isDeprecated: () => false,
      deprecatedBy: () => null,
    },
  );
}

export function userTable(infos: readonly UserInfo[], home: string): Table {
  return table(infos, {
    user: ({ name }) => name,
    roles: ({ roles }) => roles,
    passwordChangeRequired: (info) => info.passwordChangeRequired ?? false,
    suspended: () => false,
    home: () => home,
  });
}
