// A program that reads and writes messages without knowing what they mean.
import {
  BoltVersion,
  ClientHandshake,
  Dechunker,
  HandshakeError,
  type HandshakeReason,
  MessageReader,
  MessageWriter,
  planProposals,
  ServerHandshake,
  Structure,
  SUPPORTED_VERSIONS,
  VersionRange,
} from "@bolt/framing";

export function negotiate(): BoltVersion | undefined {
  const client = new ClientHandshake({ versions: ["5.8-5.0", "4.4"], manifest: false });
  const server = new ServerHandshake();
  const hello = client.bytesToSend();
  if (hello) server.receive(hello);
  try {
    return client.nextEvent();
  } catch (error) {
    if (error instanceof HandshakeError) error.reason satisfies HandshakeReason;
    throw error;
  }
}

const writer = new MessageWriter();
writer.write(new Structure(0x10, ["RETURN 1", {}, {}]));
const reader = new MessageReader({ maxMessageBytes: 1000, integers: "bigint" });
reader.receive(writer.bytesToSend() ?? new Uint8Array());
reader.next()?.tag satisfies number | undefined;
new Dechunker({ maxMessageBytes: 10 }).next();

SUPPORTED_VERSIONS satisfies readonly BoltVersion[];
VersionRange.parse("5.8-5.0").contains(BoltVersion.parse("5.4")) satisfies boolean;
planProposals(["3"], "auto");

// @ts-expect-error a version is text, never a number
export const wrong = new ClientHandshake({ versions: [5.4] });
