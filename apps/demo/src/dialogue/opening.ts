// How a connection begins: the versions are agreed on, then somebody logs in.
import type { Step } from "./stage.ts";

export const handshake: Step = {
  title: "Handshake",
  explanation:
    "Four bytes say that this is Bolt, sixteen more propose versions; the server answers with the one that it " +
    "likes best. Everything after that depends on it.",
  async run(stage) {
    stage.server = await stage.db.getServerInfo();
    const { proposals } = stage.tap;
    if (proposals.length > 0) stage.note(`proposed: ${proposals.join(", ")}`);
    stage.promise(
      `the server chose Bolt ${stage.server.protocolVersion}`,
      stage.server.protocolVersion !== "",
    );
  },
};

export const login: Step = {
  title: "Login",
  explanation:
    "INIT in Bolt 1 and 2, HELLO from 3 on, and since 5.1 the password has a message of its own, LOGON. " +
    "Both leave in one write, before any answer.",
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
    stage.note(agent === "" ? "the server does not say what it is" : `the server calls itself ${agent}`);
  },
};
