/**
 * What tools ask when they connect (CALL dbms.components, SHOW DATABASES, …), answered for any backend.
 *
 * @packageDocumentation
 */
export type {
  Answer,
  ConstraintInfo,
  DatabaseInfo,
  FunctionInfo,
  IndexInfo,
  NodeSchema,
  ProcedureInfo,
  PropertySchema,
  RelationshipSchema,
  Schema,
  SystemAnswers,
  UserInfo,
} from "./system-answers.ts";
export { withSystemQueries } from "./with-system-queries.ts";
