/// <reference lib="esnext.disposable" preserve="true" />
/**
 * A driver for Neo4j and every other server that speaks Bolt.
 *
 * @packageDocumentation
 */
export { toDuplex } from "./transport/adapters.ts";
export { Address } from "./transport/address.ts";
export {
  auth,
  type AuthContext,
  type AuthManager,
  type AuthSource,
  type ExpiringToken,
  type TokenProvider,
} from "./auth.ts";
export type { Balancer, ServerLoad } from "./routing/balance.ts";
export { type BookmarkManager, bookmarkManager, type BookmarkManagerOptions } from "./session/bookmarks.ts";
export type { Capabilities } from "./connection/capabilities.ts";
export { type Clock, systemClock } from "./clock.ts";
export type { Codec, TemporalForm } from "./codecs.ts";
export type {
  DriverConfig,
  Logger,
  PoolConfig,
  Resolver,
  RoutingConfig,
  TimeoutConfig,
  VerifyServer,
} from "./config.ts";
export type { ServerInfo } from "./connection/dialogue.ts";
export type { NotificationSettings } from "./connection/connection-options.ts";
export type { TraceContext } from "./diagnostics.ts";
export { driver, type Driver, type ExecuteQueryConfig, type VerifyConfig } from "./driver.ts";
export {
  AbortError,
  type AnyDriverError,
  ClosedError,
  CommitUnknownError,
  ConfigError,
  ConnectionLostError,
  DriverError,
  type ErrorFacts,
  type FailureFacts,
  IgnoredError,
  isRetryable,
  NotSingleError,
  ResultConsumedError,
  RowInvalidError,
  ServerFailure,
  ServerRefusedError,
  ServiceUnavailableError,
  TimeoutError,
  TlsError,
  TransactionEndedError,
  UnsupportedError,
  UsageError,
} from "./errors.ts";
export { dial } from "./transport/node-transport.ts";
export type { Observer } from "./observer.ts";
export type { QueryResult, Result, Rows } from "./result/result.ts";
export type { RetryConfig, RetryEvent } from "./session/retry.ts";
export type { RoutingTableView } from "./routing/routing-table.ts";
export type { AnyRow } from "./result/row.ts";
export type { Holder, PoolMetrics } from "./pool/server-pool.ts";
export type { PipelineQuery, Session, Work } from "./session/session.ts";
export type { SchemaIssue, SchemaOutput, SchemaResult, StandardSchema } from "./result/standard-schema.ts";
export type { Counters, Plan, Profile, QueryType, Summary } from "./result/summary.ts";
export {
  type ClientCertificate,
  type Pem,
  type ServerCertificate,
  type TlsOptions,
  type TlsSettings,
} from "./transport/tls.ts";
export type { ManagedTransaction, Transaction } from "./session/transaction.ts";
export type {
  Dial,
  DialOptions,
  Duplex,
  DuplexLike,
  NodeStreamLike,
  StreamPair,
  WebSocketLike,
} from "./transport/transport.ts";
export type { AccessMode } from "./pool/provider.ts";
export type { ResultConfig } from "./result/row-mapper.ts";
export type {
  Parameters,
  QueryConfig,
  SessionConfig,
  TransactionConfig,
  TransactionQueryConfig,
} from "./session/work.ts";
// Names of the lower layers that callers meet: values, messages in observers, errors.
export {
  AuthToken,
  type AuthTokenInit,
  BoltError,
  BoltVersion,
  Date,
  DateTime,
  DateTimeZoneId,
  Duration,
  Failure,
  Float,
  type GqlStatusObject,
  HandshakeError,
  LocalDateTime,
  LocalTime,
  MessageTooLargeError,
  Node,
  type Notification,
  type MessageObserver,
  type ObservedMessage,
  PackError,
  Path,
  type PathSegment,
  Point2D,
  Point3D,
  Relationship,
  RemoteProtocolError,
  SRID,
  Structure,
  SUPPORTED_VERSIONS,
  Time,
  UnboundRelationship,
  UnpackError,
  UnsupportedType,
  UUID,
  type Value,
  Vector,
  wireName,
} from "@bolt/protocol";
