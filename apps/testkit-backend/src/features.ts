// The features that the driver claims. TestKit skips tests of features that are not in this list.
import { SUPPORTED_VERSIONS } from "@bolt/client";

const API = [
  "BookmarkManager",
  "ConnectionAcquisitionTimeout",
  "Driver.ExecuteQuery",
  "Driver.ExecuteQuery:WithAuth",
  "Driver:GetServerInfo",
  "Driver.IsEncrypted",
  "Driver:NotificationsConfig",
  "Driver.VerifyAuthentication",
  "Driver.VerifyConnectivity",
  "Driver.SupportsSessionAuth",
  "Liveness.Check",
  "Result.List",
  "Result.Peek",
  "Result.Single",
  "Result.SingleOptional",
  "RetryableExceptions",
  "Session:AuthConfig",
  "Session:NotificationsConfig",
  "SSLClientCertificate",
  "SSLConfig",
  "SSLSchemes",
  "Summary:GqlStatusObjects",
  "Type.Spatial",
  "Type.Temporal",
];

const AUTH = ["Bearer", "Custom", "Kerberos", "Managed"];

// The versions that TestKit has names for: 3, and 4.1 to 5.7. Not 5.5, which was withdrawn.
const BOLT = SUPPORTED_VERSIONS.filter(
  ({ major, minor }) => major === 3 || (major === 4 && minor > 0) || (major === 5 && minor < 8),
).map(({ major, minor }) => `${major}.${minor}`);

// Not 1.1: Node.js refuses it, rightly.
const TLS = ["1.2", "1.3"];

const OPTIMIZATION = [
  "AuthPipelining",
  "ConnectionReuse",
  "EagerTransactionBegin",
  "ExecuteQueryPipelining",
  "ImplicitDefaultArguments",
  "MinimalBookmarksSet",
  "MinimalResets",
  "MinimalVerifyAuthentication",
  "PullPipelining",
  "ResultListFetchAll",
];

const BACKEND = ["MockTime", "RTFetch", "RTForceUpdate"];

const under = (prefix: string, names: readonly string[]): string[] =>
  names.map((name) => `${prefix}:${name}`);

/** In TestKit's terms. Also left out: `Detail:NumberIsNumber`, since floats and integers are told apart. */
export const FEATURES: readonly string[] = [
  ...under("Feature:API", API),
  ...under("Feature:Auth", AUTH),
  ...under("Feature:Bolt", [...BOLT, "Patch:UTC"]),
  ...under("Feature:TLS", TLS),
  ...under("Optimization", OPTIMIZATION),
  ...under("Backend", BACKEND),
  "Feature:Impersonation",
  "AuthorizationExpiredTreatment",
  "ConfHint:connection.recv_timeout_seconds",
  "Detail:ClosedDriverIsEncrypted",
  "Detail:DefaultSecurityConfigValueEquality",
];
