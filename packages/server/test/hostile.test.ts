// Clients that break the rules, or stop in the middle: nothing hangs, leaks or is let in.
import { STATE_TABLES } from "@bolt/protocol";
import { describe, expect, test } from "vitest";
import { type Backend, createServer, failure, type ServerOptions } from "../src/index.ts";
import { FakeClock } from "./fake-clock.ts";
import { FakeDuplex } from "./fake-duplex.ts";
import { chunked, handshake, join, login, message, replies, requests } from "./raw.ts";
import { VERSIONS } from "./test-client.ts";

/** Counts what is begun and what is ended. */
class Engine implements Backend {
  open = 0;
  sources = 0;
  queries = 0;

  run({ query }: { query: string }): { keys: string[]; records: Generator<number[]> } {
    this.queries++;
    if (query === "fail") throw failure("syntaxError", "fail");
    return { keys: ["i"], records: this.rows() };
  }

  *rows(): Generator<number[]> {
    this.sources++;
    try {
      for (let i = 0; i < 3; i++) yield [i];
    } finally {
      this.sources--;
    }
  }

  begin() {
    this.open++;
    return {
      run: (query: { query: string }) => this.run(query),
      commit: () => void this.open--,
      rollback: () => void this.open--,
    };
  }
}

function attack(options: ServerOptions = {}) {
  const clock = new FakeClock();
  const engine = new Engine();
  const server = createServer(engine, { clock, logger: {}, ...options });
  const duplex = new FakeDuplex();
  const received: number[] = [];
  duplex.received = (bytes) => received.push(...bytes);
  server.accept(duplex);
  const send = async (...parts: readonly Uint8Array[]): Promise<string[]> => {
    const before = replies(received).length;
    for (const part of parts) duplex.send(part.slice());
    await clock.settle();
    return replies(received).slice(before);
  };
  /** Whatever has happened, nothing is left open once the client is gone. */
  const expectNothingLeft = async (): Promise<void> => {
    duplex.close();
    await clock.settle();
    expect(engine).toMatchObject({ open: 0, sources: 0 });
    const { connections, loggedIn, transactions, openResults, blocked } = server.metrics;
    expect({ connections, loggedIn, transactions, openResults, blocked }).toEqual({
      connections: 0,
      loggedIn: 0,
      transactions: 0,
      openResults: 0,
      blocked: 0,
    });
    expect(clock.timers).toBe(0);
  };
  return { clock, server, duplex, engine, received, send, expectNothingLeft };
}

/** How to get into each state. */
function paths(version: string): Record<string, Uint8Array[]> {
  const all = requests(version);
  const begin = all["BEGIN"] ? [all["BEGIN"]] : [message(0x10, "BEGIN", {}), message(0x3f)];
  const fail = message(0x10, "fail", {}, ...(Number(version[0]) >= 3 ? [{}] : []));
  const [hello, ...logon] = login(version);
  const first = logon.length > 0 ? { NEGOTIATION: [], AUTHENTICATION: [hello!] } : { CONNECTED: [] };
  const inside = login(version);
  return {
    ...first,
    READY: inside,
    STREAMING: [...inside, all["RUN"]!],
    TX_READY: [...inside, ...begin],
    TX_STREAMING: [...inside, ...begin, all["RUN"]!],
    FAILED: [...inside, fail],
  };
}

const tableOf = (version: string) => {
  const at = Number(version.split(".")[0]) * 10 + Number(version.split(".")[1] ?? 0);
  return STATE_TABLES[at >= 51 ? "5.1" : at >= 40 ? "4.0" : at >= 30 ? "3" : "1"];
};

describe.each(VERSIONS)("Bolt %s", (version) => {
  test("every message in every state is answered once, or ends the connection", async () => {
    for (const [state, path] of Object.entries(paths(version))) {
      for (const [name, bytes] of Object.entries(requests(version))) {
        const { send, duplex, expectNothingLeft } = attack();
        await send(handshake(version), ...path);
        const answers = (await send(bytes)).filter((answer) => answer !== "RECORD");
        const reaction = tableOf(version)[state as "READY"]?.[name as "RUN"];
        const where = `${name} in ${state}`;
        if (name === "GOODBYE") expect([where, answers, duplex.ended]).toEqual([where, [], true]);
        else if (reaction === undefined)
          expect([where, answers, duplex.ended]).toEqual([where, ["FAILURE"], true]);
        else if (typeof reaction === "string") expect([where, answers]).toEqual([where, ["IGNORED"]]);
        else expect([where, answers, duplex.ended]).toEqual([where, ["SUCCESS"], false]);
        await expectNothingLeft();
      }
    }
  });

  test("a dialogue cut off at every byte leaves nothing behind", async () => {
    const all = requests(version);
    const dialogue = join(
      handshake(version),
      ...paths(version)["TX_STREAMING"]!,
      all["PULL"]!,
      all["RESET"]!,
    );
    for (let cut = 0; cut <= dialogue.length; cut++) {
      const { send, expectNothingLeft } = attack();
      await send(dialogue.subarray(0, cut));
      await expectNothingLeft();
    }
  });

  test("a dialogue byte by byte is the same as whole", async () => {
    const all = requests(version);
    const dialogue = join(handshake(version), ...login(version), all["RUN"]!, all["PULL"]!, all["RESET"]!);
    const whole = attack();
    await whole.send(dialogue);
    const pieces = attack();
    await pieces.send(...Array.from(dialogue, (byte) => Uint8Array.of(byte)));
    expect(replies(pieces.received)).toEqual(replies(whole.received));
    expect(replies(whole.received).filter((answer) => answer === "SUCCESS").length).toBeGreaterThan(3);
  });
});

describe("lies about sizes", () => {
  const version = "5.4";
  // 0xd6, 0xda, 0xd2, 0xce: list, map, string, bytes of 2^31 - 1 items.
  test.each([0xd6, 0xda, 0xd2, 0xce])("marker %i", async (marker) => {
    const { send, expectNothingLeft, engine } = attack();
    await send(handshake(version), ...login(version));
    const run = chunked(
      Uint8Array.of(0xb3, 0x10, 0x81, 0x71, 0xa1, 0x81, 0x78, marker, 0x7f, 0xff, 0xff, 0xff, 1),
    );
    expect(await send(run)).toEqual(["FAILURE"]);
    expect(engine.queries).toBe(0);
    await expectNothingLeft();
  });

  test("a chunk that never ends runs into the login timeout", async () => {
    const { send, duplex, clock } = attack({ limits: { loginTimeoutMs: 1000 } });
    await send(handshake(version), Uint8Array.of(0x10, 0, 1, 2, 3));
    await clock.advance(1000);
    expect(duplex.destroyed).toBe(true);
  });

  test("lists in lists a hundred thousand deep", async () => {
    const { send, expectNothingLeft } = attack();
    await send(handshake(version), ...login(version));
    const deep = new Uint8Array(100_000).fill(0x91);
    const head = Uint8Array.of(0xb3, 0x10, 0x81, 0x71, 0xa1, 0x81, 0x78);
    const parts: Uint8Array[] = [];
    const payload = join(head, deep, Uint8Array.of(0x01, 0xa0));
    for (let at = 0; at < payload.length; at += 60_000) {
      const part = payload.subarray(at, at + 60_000);
      parts.push(Uint8Array.of(part.length >> 8, part.length & 255), part);
    }
    expect(await send(...parts, Uint8Array.of(0, 0))).toEqual(["FAILURE"]);
    await expectNothingLeft();
  });
});

test("no client gets past the login by RESET, by failing, or by asking twice", async () => {
  for (const version of VERSIONS) {
    const all = requests(version);
    const clock = new FakeClock();
    let queries = 0;
    const backend: Backend = { authenticate: () => false, run: () => (queries++, { keys: [] }) };
    for (const attempt of [
      [all["RESET"]!, all["RUN"]!],
      [login(version)[0]!, all["RESET"]!, all["RUN"]!],
      [...login(version), all["RESET"]!, all["RUN"]!, all["PULL"]!],
      [...login(version), ...login(version), all["RUN"]!],
      [...login(version), all["LOGOFF"] ?? all["RESET"]!, all["RUN"]!],
    ]) {
      const server = createServer(backend, { clock, logger: {} });
      const duplex = new FakeDuplex();
      server.accept(duplex);
      duplex.send(join(handshake(version), ...attempt));
      await clock.advance(1000);
      expect([duplex.ended || duplex.destroyed, server.metrics.loggedIn]).toEqual([true, 0]);
    }
    expect(queries).toBe(0);
  }
});

test("NOOPs and empty chunks anywhere between messages are skipped", async () => {
  const { send, received } = attack();
  const noop = Uint8Array.of(0, 0);
  await send(
    handshake("5.8"),
    noop,
    ...login("5.8").flatMap((part) => [noop, noop, part]),
    noop,
    requests("5.8")["RUN"]!,
  );
  expect(replies(received)).toEqual(["SUCCESS", "SUCCESS", "SUCCESS"]);
});

/** Numbers from a seed, the same each time. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return (state >>> 0) / 2 ** 32;
  };
}

test("random requests, some broken, with and without a login, in random pieces", async () => {
  for (let seed = 1; seed <= 300; seed++) {
    const next = random(seed);
    const version = VERSIONS[seed % VERSIONS.length]!;
    const { send, expectNothingLeft } = attack();
    const all = Object.values(requests(version));
    const talk = [handshake(version), ...(seed % 3 ? login(version) : [])];
    for (let i = 0; i < 12; i++) {
      const bytes = all[Math.floor(next() * all.length)]!.slice();
      // Some are broken in one byte, some are nothing but noise.
      if (next() < 0.3) bytes[Math.floor(next() * bytes.length)] = Math.floor(next() * 256);
      talk.push(next() < 0.1 ? Uint8Array.from({ length: 20 }, () => Math.floor(next() * 256)) : bytes);
    }
    const whole = join(...talk);
    for (let at = 0; at < whole.length;) {
      const size = 1 + Math.floor(next() * 40);
      await send(whole.subarray(at, at + size));
      at += size;
    }
    await expectNothingLeft();
  }
});
