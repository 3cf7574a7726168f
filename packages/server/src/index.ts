/// <reference lib="esnext.disposable" preserve="true" />
/**
 * Make anything speak Bolt: a backend with a method `run` becomes a server for every official driver and tool.
 *
 * @packageDocumentation
 */
export type {
  Backend,
  Client,
  Context,
  Counters,
  NotificationFilter,
  Plan,
  Query,
  QueryResult,
  RouteRequest,
  Routes,
  Row,
  Summary,
  Transaction,
  TransactionOptions,
} from "./backend.ts";
export { type Clock, systemClock } from "./clock.ts";
export {
  DEFAULT_AGENT,
  DEFAULT_LIMITS,
  type DiscoveryOptions,
  type Limits,
  type ServerOptions,
} from "./config.ts";
export type { Listener, Metrics, ServerEvents } from "./events.ts";
export { asFailure, driverReaction, type DriverReaction, failure, type FailureKind } from "./failures.ts";
export { Interruption, type InterruptionReason } from "./session/interruption.ts";
export { ConfigError } from "./option-checks.ts";
export type { LogFacts, Logger } from "./logger.ts";
export type { ListenAddress, ListenOptions } from "./transport/node-transport.ts";
export type { NodeStreamLike } from "./transport/node-stream.ts";
export { type Accepted, type CloseOptions, createServer, Server, type UpgradeRequest } from "./server.ts";
export { withPlainTransactions } from "./session/stateless.ts";
export type { DuplexLike } from "./transport/streams.ts";
export type { Certificate, Pem, SniCallback, TlsOptions, TlsVersion } from "./transport/tls-options.ts";
export type { ByteDuplex, DuplexHandlers, DuplexInfo } from "./transport/transport.ts";
export type { MaybePromise } from "./maybe-promise.ts";
export type { Origins } from "./web/websocket-handshake.ts";
export type { WebSocketLike, StreamPair } from "./transport/web-streams.ts";
// What callers need from the layers below: values, failures, tokens, messages in observers.
export {
  AuthToken,
  BoltError,
  BoltVersion,
  Date,
  DateTime,
  DateTimeZoneId,
  type Dictionary,
  Duration,
  Failure,
  type FailureDetails,
  Float,
  type GqlStatusObject,
  HandshakeError,
  LocalDateTime,
  LocalProtocolError,
  LocalTime,
  type MessageObserver,
  MessageTooLargeError,
  Node,
  type Notification,
  type ObservedMessage,
  PackError,
  Path,
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
} from "@bolt/protocol";
