/** The Bolt protocol without I/O: bytes in, events out; messages in, bytes out; for both roles. */
export { AuthToken, type AuthTokenInit, STARS } from "./auth-token.ts";
export {
  ClientConnection,
  type ClientConnectionOptions,
  type HelloOptions,
  type PullOptions,
  readValues,
  type RowReader,
} from "./client-connection.ts";
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
