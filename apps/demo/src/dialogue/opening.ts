// How a connection begins: both sides agree on a version, then the client logs in.
import type { Step } from "./stage.ts";

export const handshake: Step = {
  title: "Handshake",
  explanation:
    "Four bytes say that this is Bolt, sixteen more propose versions. The server answers with one of them, or lets " +
    "the client choose from its own. Everything after that depends on the version.",
  async run(stage) {
    stage.server = await stage.db.getServerInfo();
    const { proposals } = stage.tap;
    if (proposals.length > 0) stage.note(`proposed: ${proposals.join(", ")}`);
    stage.check(`the server chose Bolt ${stage.server.protocolVersion}`, stage.server.protocolVersion !== "");
  },
};

export const login: Step = {
  title: "Login",
  explanation:
    "INIT in Bolt 1 and 2, HELLO from 3 on; from 5.1 on the password has its own message, LOGON. HELLO and LOGON " +
    "are sent together, before any answer.",
  run(stage) {
    const expected = stage.speaks(5, 1) ? ["HELLO", "LOGON"] : [stage.speaks(3) ? "HELLO" : "INIT"];
    const sent = stage.tap.names("client").slice(0, expected.length);
    stage.sequence("sent", sent, expected);
    stage.sequence(
      "answers",
      stage.tap.names("server").slice(0, expected.length),
      expected.map(() => "SUCCESS"),
    );
    const { agent } = stage.server;
    stage.note(agent === "" ? "the server does not give its name" : `the server calls itself ${agent}`);
  },
};
