// What a backend tells tools about itself: one optional function for each kind of question.
import type { Context } from "../backend.ts";
import type { MaybePromise } from "../maybe-promise.ts";

/** An index, as SHOW INDEXES shows it. */
export interface IndexInfo {
  readonly name: string;
  /** `RANGE` (default), `LOOKUP`, `TEXT`, `POINT`, `FULLTEXT` or `VECTOR`. */
  readonly type?: string | undefined;
  /** Default `NODE`. */
  readonly entityType?: "NODE" | "RELATIONSHIP" | undefined;
  readonly labelsOrTypes?: readonly string[] | undefined;
  readonly properties?: readonly string[] | undefined;
  /** Default `ONLINE`. */
  readonly state?: string | undefined;
  readonly owningConstraint?: string | undefined;
  readonly options?: Readonly<Record<string, unknown>> | undefined;
  readonly createStatement?: string | undefined;
}

/** A constraint, as SHOW CONSTRAINTS shows it. */
export interface ConstraintInfo {
  readonly name: string;
  /** `UNIQUENESS` (default), `NODE_KEY`, `NODE_PROPERTY_EXISTENCE`, `RELATIONSHIP_UNIQUENESS` … */
  readonly type?: string | undefined;
  readonly entityType?: "NODE" | "RELATIONSHIP" | undefined;
  readonly labelsOrTypes?: readonly string[] | undefined;
  readonly properties?: readonly string[] | undefined;
  readonly ownedIndex?: string | undefined;
  /** `STRING`, for constraints on types. */
  readonly propertyType?: string | undefined;
  readonly createStatement?: string | undefined;
}

/** A database, as SHOW DATABASES shows it. */
export interface DatabaseInfo {
  readonly name: string;
  /** Used by clients that name no database. */
  readonly default?: boolean | undefined;
  /** Default: as `default`. */
  readonly home?: boolean | undefined;
  /** Default `standard`, or `system` for the database of that name. */
  readonly type?: string | undefined;
  readonly aliases?: readonly string[] | undefined;
  /** Default `read-write`. */
  readonly access?: string | undefined;
  /** Default `online`. */
  readonly status?: string | undefined;
}

/** A procedure, as SHOW PROCEDURES shows it. */
export interface ProcedureInfo {
  readonly name: string;
  /** `db.labels() :: (label :: STRING)`. */
  readonly signature?: string | undefined;
  readonly description?: string | undefined;
  /** Default `READ`. */
  readonly mode?: "READ" | "WRITE" | "SCHEMA" | "DBMS" | undefined;
}

/** A function, as SHOW FUNCTIONS shows it. */
export interface FunctionInfo {
  readonly name: string;
  readonly signature?: string | undefined;
  readonly description?: string | undefined;
  readonly category?: string | undefined;
  readonly aggregating?: boolean | undefined;
}

/** The user who is logged in, as SHOW CURRENT USER shows it. */
export interface UserInfo {
  readonly name: string;
  readonly roles?: readonly string[] | undefined;
  readonly passwordChangeRequired?: boolean | undefined;
}

/** A property that nodes or relationships of one kind have. */
export interface PropertySchema {
  readonly name: string;
  /** `STRING`, `INTEGER`, `FLOAT`, `BOOLEAN`, `DATE`, `LIST` … */
  readonly type: string;
  readonly indexed?: boolean | undefined;
  readonly unique?: boolean | undefined;
  /** Every node or relationship of the kind has it. */
  readonly mandatory?: boolean | undefined;
}

/** The nodes of one label. */
export interface NodeSchema {
  readonly label: string;
  readonly count?: number | undefined;
  readonly properties?: readonly PropertySchema[] | undefined;
}

/** The relationships of one type between nodes of two labels. */
export interface RelationshipSchema {
  readonly type: string;
  /** Label of the start nodes, and of the end nodes. */
  readonly from: string;
  readonly to: string;
  readonly count?: number | undefined;
  readonly properties?: readonly PropertySchema[] | undefined;
}

/** What the graph contains, for tools that draw it or describe it to a language model. */
export interface Schema {
  readonly nodes: readonly NodeSchema[];
  readonly relationships: readonly RelationshipSchema[];
}

/** Answers one question about the engine; called each time that a tool asks. */
export type Answer<P, T> = (context: Context<P>) => MaybePromise<T>;

/**
 * Everything is optional. Where `labels`, `relationshipTypes`, `propertyKeys`, `counts`, `indexes`, `constraints` or
 * `schema` is missing, the backend gets its queries; the others have the default answers of a small server.
 */
export interface SystemAnswers<P = unknown> {
  readonly labels?: Answer<P, readonly string[]> | undefined;
  readonly relationshipTypes?: Answer<P, readonly string[]> | undefined;
  readonly propertyKeys?: Answer<P, readonly string[]> | undefined;
  readonly counts?: Answer<P, { readonly nodes: number; readonly relationships: number }> | undefined;
  readonly indexes?: Answer<P, readonly IndexInfo[]> | undefined;
  readonly constraints?: Answer<P, readonly ConstraintInfo[]> | undefined;
  /** What `apoc.meta.data`, `apoc.meta.schema` and `db.schema.*` are answered from. */
  readonly schema?: Answer<P, Schema> | undefined;
  /** Default: `neo4j`. `system` is added where it is missing. */
  readonly databases?: Answer<P, readonly DatabaseInfo[]> | undefined;
  /** Your own procedures. Those answered here are added. */
  readonly procedures?: Answer<P, readonly ProcedureInfo[]> | undefined;
  /** Default: none. */
  readonly functions?: Answer<P, readonly FunctionInfo[]> | undefined;
  /** Default: the principal when it is a string or has a `name`, else `neo4j`. */
  readonly currentUser?: Answer<P, UserInfo> | undefined;
  /** Settings that tools ask for, such as `browser.post_connect_cmd`. Default: none. */
  readonly config?: Answer<P, Readonly<Record<string, string>>> | undefined;
  /** Default `{ name: "Neo4j Kernel", version: "5.26.0", edition: "community" }`. */
  readonly components?:
    | { readonly name?: string | undefined; readonly version: string; readonly edition?: string | undefined }
    | undefined;
}
