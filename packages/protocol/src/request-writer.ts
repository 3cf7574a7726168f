// Requests to bytes. Knows the wire keys of requests, their order, and which version has which entry.
import type { BoltVersion, MessageWriter, Packer } from "@bolt/framing";
import type { AuthToken } from "./auth-token.ts";
import {
  type BoltAgent,
  type Hello,
  type NotificationFilter,
  type Request,
  REQUEST_TAGS,
  type TransactionExtra,
} from "./requests.ts";

/** Packs one request as a message of the version. Throws PackError with nothing queued. */
export function writeRequest(writer: MessageWriter, request: Request, version: BoltVersion): void {
  const { packer } = writer;
  writer.begin();
  try {
    const tag = REQUEST_TAGS[request.name];
    switch (request.name) {
      case "RUN":
        packer.writeStructureHeader(tag, version.atLeast(3) ? 3 : 2);
        packer.writeString(request.query);
        packer.write(request.parameters);
        if (version.atLeast(3)) packer.write(extraToWire(request.extra, version));
        break;
      case "PULL":
      case "DISCARD":
        packer.writeStructureHeader(tag, version.atLeast(4) ? 1 : 0);
        if (version.atLeast(4)) writeStream(packer, request.n, request.qid);
        break;
      case "HELLO":
        writeHello(packer, tag, request, version);
        break;
      case "LOGON":
        packer.writeStructureHeader(tag, 1);
        packer.write(authToWire(request.auth));
        break;
      case "BEGIN":
        packer.writeStructureHeader(tag, 1);
        packer.write(extraToWire(request.extra, version));
        break;
      case "TELEMETRY":
        packer.writeStructureHeader(tag, 1);
        packer.writeInteger(request.api);
        break;
      case "ROUTE":
        packer.writeStructureHeader(tag, 3);
        packer.write(request.routing);
        packer.write(request.bookmarks);
        if (version.atLeast(4, 4)) packer.write({ db: request.db, imp_user: request.impUser });
        else packer.write(request.db ?? null);
        break;
      default:
        packer.writeStructureHeader(tag, 0);
    }
  } catch (error) {
    writer.cancel();
    throw error;
  }
  writer.end();
}

function writeStream(packer: Packer, n: number, qid: number | undefined): void {
  packer.writeDictionaryHeader(qid === undefined ? 1 : 2);
  packer.writeString("n");
  packer.writeInteger(n);
  if (qid === undefined) return;
  packer.writeString("qid");
  packer.writeInteger(qid);
}

function writeHello(packer: Packer, tag: number, hello: Hello, version: BoltVersion): void {
  const auth = hello.auth && authToWire(hello.auth);
  if (!version.atLeast(3)) {
    packer.writeStructureHeader(tag, 2);
    packer.writeString(hello.userAgent);
    packer.write(auth ?? { scheme: "none" });
    return;
  }
  packer.writeStructureHeader(tag, 1);
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

/** Servers insist that what stands in bolt_agent is a string, so what is unknown is left out. */
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

/** The versions that take `patch_bolt`. */
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
