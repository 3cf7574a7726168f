/**
 * The Bolt protocol without I/O: bytes in, events out; messages in, bytes out; for both roles.
 *
 * @packageDocumentation
 */
export { AuthToken, type AuthTokenInit, STARS } from "./auth-token.ts";
export {
  ClientConnection,
  type ClientConnectionOptions,
  type HelloOptions,
  type PullOptions,
} from "./client-connection.ts";
export { readValues, type RowReader } from "./reply-reader.ts";
export { LocalProtocolError, RemoteProtocolError } from "./errors.ts";
export type {
  ClientEvent,
  ConnectionLost,
  Interrupted,
  RecordReceived,
  RequestReceived,
  ResponseReceived,
  ServerEvent,
  VersionNegotiated,
} from "./events.ts";
export { Fifo } from "./fifo.ts";
export { DEFAULT_DIAGNOSTIC_RECORD, Failure, type FailureDetails, UNKNOWN_CODE } from "./failure.ts";
export {
  type GqlStatusObject,
  type InputPosition,
  type Notification,
  notificationsFromStatuses,
  type Outcome,
  statusesFromNotifications,
} from "./notifications.ts";
export type { MessageObserver, ObservedMessage, RecordMessage } from "./observer.ts";
export {
  AckFailure,
  Begin,
  type BoltAgent,
  Commit,
  Discard,
  Goodbye,
  Hello,
  type HelloFields,
  Logoff,
  Logon,
  type NotificationFilter,
  Pull,
  type Request,
  REQUEST_TAGS,
  Reset,
  Rollback,
  Route,
  type RouteFields,
  Run,
  type StreamFields,
  Telemetry,
  type TransactionExtra,
  wireName,
} from "./requests.ts";
export {
  type Hints,
  Ignored,
  type Metadata,
  type Response,
  type RoutingServers,
  type RoutingTable,
  Success,
} from "./responses.ts";
export {
  BoltError,
  BoltVersion,
  ByteWriter,
  type Dictionary,
  Float,
  HandshakeError,
  type HandshakeFacts,
  type HandshakeReason,
  MessageTooLargeError,
  pack,
  PackError,
  Packer,
  type PackOptions,
  Structure,
  type StructureReader,
  type StructureReaders,
  type StructureWriter,
  SUPPORTED_VERSIONS,
  unpack,
  UnpackError,
  Unpacker,
  type UnpackOptions,
  UUID,
  type Value,
  VersionRange,
} from "@bolt/framing";
export { ServerConnection, type ServerConnectionOptions } from "./server-connection.ts";
export {
  initialState,
  isBeforeLogin,
  type Reaction,
  type RequestName,
  type State,
  STATE_TABLES,
  stateTable,
  type StateTable,
  type Transition,
} from "./server-state.ts";
export {
  convertingReaders,
  Date,
  DateTime,
  DateTimeZoneId,
  Duration,
  fromTemporal,
  type IsoValue,
  LocalDateTime,
  LocalTime,
  Node,
  Path,
  type PathSegment,
  Point2D,
  Point3D,
  type Properties,
  type ReaderOverrides,
  Relationship,
  SRID,
  type StructureOptions,
  structureReaders,
  structureWriters,
  temporalReaders,
  temporalStringReaders,
  Time,
  toTemporal,
  UnboundRelationship,
  UnsupportedType,
  Vector,
  type VectorData,
  type VectorType,
  type WriterOverrides,
} from "./structures/index.ts";
