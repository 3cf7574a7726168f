// Requests to bytes. Knows the wire keys of requests, their order, and which version has which entry.
import type { BoltVersion, MessageWriter, Packer } from "@bolt/framing";
import type { AuthToken } from "./auth-token.ts";
import {
  type BoltAgent,
  fieldCount,
  type Hello,
  type Logon,
  type NotificationFilter,
  type Request,
  REQUEST_TAGS,
  type TransactionExtra,
} from "./requests.ts";

/** Queues one request as a message of the version. Throws PackError with nothing queued. */
export function writeRequest(writer: MessageWriter, request: Request, version: BoltVersion): void {
  writer.begin();
  try {
    packHeader(writer.packer, request, version);
    packFields(writer.packer, request, version);
  } catch (error) {
    writer.cancel();
    throw error;
  }
  writer.end();
}

export function packHeader(packer: Packer, { name }: Request, version: BoltVersion): void {
  packer.writeStructureHeader(REQUEST_TAGS[name], fieldCount(name, version));
}

/** Packs what follows the header. */
export function packFields(packer: Packer, request: Request, version: BoltVersion): void {
  switch (request.name) {
    case "RUN":
      packer.writeString(request.query);
      packer.write(request.parameters);
      if (version.atLeast(3)) packer.write(extraToWire(request.extra, version));
      return;
    case "PULL":
    case "DISCARD":
      if (version.atLeast(4)) writeStream(packer, request.n, request.qid);
      return;
    case "HELLO":
    case "LOGON":
      return packLogin(packer, request, version);
    case "BEGIN":
      return packer.write(extraToWire(request.extra, version));
    case "TELEMETRY":
      return packer.writeInteger(request.api);
    case "ROUTE":
      packer.write(request.routing);
      packer.write(request.bookmarks);
      if (version.atLeast(4, 4)) packer.write({ db: request.db, imp_user: request.impUser });
      else packer.write(request.db);
  }
}

/** Packs the fields of a request with secrets. A server packs only these, for its observers. */
export function packLogin(packer: Packer, request: Hello | Logon, version: BoltVersion): void {
  if (request.name === "LOGON") packer.write(authToWire(request.auth));
  else writeHello(packer, request, version);
}

function writeStream(packer: Packer, n: number, qid: number | undefined): void {
  packer.writeDictionaryHeader(qid === undefined ? 1 : 2);
  packer.writeString("n");
  packer.writeInteger(n);
  if (qid === undefined) return;
  packer.writeString("qid");
  packer.writeInteger(qid);
}

function writeHello(packer: Packer, hello: Hello, version: BoltVersion): void {
  const auth = hello.auth && authToWire(hello.auth);
  if (!version.atLeast(3)) {
    packer.writeString(hello.userAgent);
    packer.write(auth ?? { scheme: "none" });
    return;
  }
  packer.write({
    user_agent: hello.userAgent,
    ...(version.atLeast(5, 3) && {
      bolt_agent: agentToWire(hello.boltAgent ?? { product: hello.userAgent }),
    }),
    ...(!version.atLeast(5, 1) && auth),
    ...(version.atLeast(4, 1) && { routing: hello.routing }),
    patch_bolt: patches(version) ? hello.patchBolt : undefined,
    ...filterToWire(hello, version),
  });
}

/** Servers accept only strings in bolt_agent, so what is unknown is left out. */
const agentToWire = ({ product, platform, language, languageDetails }: BoltAgent): object => ({
  product,
  platform,
  language,
  language_details: languageDetails,
});

const authToWire = ({ scheme, principal, credentials, realm, parameters }: AuthToken): object => ({
  scheme,
  principal,
  credentials,
  realm,
  parameters,
});

/** Whether the version has `patch_bolt`. */
export const patches = (version: BoltVersion): boolean => version.major === 4 && version.minor >= 3;

const NO_EXTRA: object = {};

function extraToWire(extra: TransactionExtra, version: BoltVersion): object {
  for (const _ in extra) {
    return {
      bookmarks: extra.bookmarks?.length ? extra.bookmarks : undefined,
      tx_timeout: extra.txTimeoutMs === undefined ? undefined : Math.ceil(extra.txTimeoutMs) + 0, // -0 is a float
      tx_metadata: extra.txMetadata,
      mode: extra.mode,
      db: extra.db,
      imp_user: extra.impUser,
      ...filterToWire(extra, version),
    };
  }
  return NO_EXTRA;
}

/** The key of the filter's list, renamed in 5.6. */
export const disabledKey = (version: BoltVersion): string =>
  `notifications_disabled_${version.atLeast(5, 6) ? "classifications" : "categories"}`;

function filterToWire(filter: NotificationFilter, version: BoltVersion): object | undefined {
  const { notificationsMinimumSeverity: severity, notificationsDisabledClassifications: disabled } = filter;
  if (severity === undefined && disabled === undefined) return undefined;
  return { notifications_minimum_severity: severity, [disabledKey(version)]: disabled };
}
