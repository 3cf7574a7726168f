import { inspect } from "node:util";
import { expect, test } from "vitest";
import { AuthToken, type ObservedMessage } from "../src/index.ts";
import { ConnectionPair } from "./connection-pair.ts";

const SECRET = "correct horse battery staple";
const TICKET = "ticket-4711";

const prints: [string, (value: unknown) => string][] = [
  ["JSON", (value) => JSON.stringify(value)],
  ["inspect", (value) => inspect(value, { depth: 9, showHidden: false })],
  ["text", (value) => String(value)],
  ["spread", (value) => JSON.stringify({ ...(value as object) })],
];

test.each(prints)("a token shows stars: %s", (_, print) => {
  const token = new AuthToken({
    scheme: "custom",
    principal: "ann",
    credentials: SECRET,
    parameters: { ticket: TICKET },
  });
  expect(print(token)).not.toContain(SECRET);
  expect(print(token)).not.toContain(TICKET);
  expect(token.credentials).toBe(SECRET);
});

test.each(["1", "3", "4.4", "5.0", "5.1", "6.1"])(
  "observers of both ends see no secret, Bolt %s",
  (version) => {
    const seen: ObservedMessage[] = [];
    const bytes: Uint8Array[] = [];
    const observe = (message: ObservedMessage): void => {
      seen.push(message);
      bytes.push(message.bytes());
    };
    const observer = { sent: observe, received: observe };
    const pair = new ConnectionPair(version, { observer }, { observer });
    pair.handshake();
    pair.client.hello({ userAgent: "pair/1.0" });
    const token = { scheme: "basic", principal: "neo4j", credentials: SECRET };
    pair.client.logon(token);
    const wire = pair.client.bytesToSend()!;
    expect(Buffer.from(wire).includes(SECRET), "the server itself gets it").toBe(true);
    pair.server.receive(wire);
    const received: unknown[] = [];
    for (let event = pair.server.nextEvent(); event; event = pair.server.nextEvent()) {
      received.push(event);
      if (event.type === "RequestReceived") pair.server.success();
    }
    pair.toClient();
    expect(seen.length).toBeGreaterThanOrEqual(4);
    expect(seen.some(({ message }) => message.name === "HELLO")).toBe(true);
    for (const [, print] of prints) expect(print([...seen, ...received])).not.toContain(SECRET);
    const all = Buffer.concat(bytes);
    expect(all.includes(SECRET)).toBe(false);
    expect(all.includes("*****")).toBe(true);
  },
);

test("the observer sees each message with its bytes and the states around it", () => {
  const lines: string[] = [];
  const line = (way: string) => (seen: ObservedMessage) =>
    void lines.push(
      `${way} ${seen.message.name} ${seen.before}>${seen.after} ${Buffer.from(seen.bytes()).toString("hex")}`,
    );
  const pair = ConnectionPair.ready("4.4", { observer: { sent: line("C"), received: line("S") } });
  lines.length = 0;
  pair.client.run("RETURN 1");
  pair.client.pull();
  pair.toServer();
  pair.server.success({ fields: ["1"] });
  pair.serverEvents();
  pair.server.record([1]);
  pair.server.success();
  pair.toClient();
  pair.client.goodbye();
  expect(lines).toEqual([
    "C RUN READY>READY b3108852455455524e2031a0a0",
    "C PULL READY>READY b13fa1816eff",
    "S SUCCESS READY>STREAMING b170a1866669656c6473918131",
    "S RECORD STREAMING>STREAMING b1719101",
    "S SUCCESS STREAMING>READY b170a0",
    "C GOODBYE READY>DEFUNCT b002",
  ]);
});
