// Attacks by volume: logins, requests, rows and connections.
import { setTimeout as sleep } from "node:timers/promises";
import { type Attack, expect, inParallel, mib, ms, quantiles } from "./attack.ts";
import type { Target } from "./target.ts";
import { HANDSHAKE, HELLO, LOGIN, logon, pull, RawClient, run } from "./wire.ts";

/** A well-behaved client: measures how long its queries take while something else goes on. */
async function latencies(port: number, until: () => boolean): Promise<number[]> {
  const client = await RawClient.loggedIn(port);
  const times: number[] = [];
  while (!until() || times.length < 50) {
    const start = performance.now();
    const answers = client.replies.length + 2;
    client.send(run(1), pull());
    await client.summaries(answers);
    if (client.closed) throw new Error("a neighbour was disconnected");
    times.push(performance.now() - start);
    await sleep(2);
  }
  client.destroy();
  return times;
}

/** Runs `attack` and reports its effect on a neighbour's waiting times. */
async function besides(target: Target, attack: () => Promise<void>): Promise<string> {
  const before = quantiles(await latencies(target.port, () => true));
  let done = false;
  const neighbour = latencies(target.port, () => done);
  await attack().finally(() => (done = true));
  const during = quantiles(await neighbour);
  return `a neighbour waits ${ms(before.p50)} -> ${ms(during.p50)}, p99 ${ms(before.p99)} -> ${ms(during.p99)}`;
}

export const loginFlood: Attack = {
  name: "login flood",
  async run(target) {
    const tries = 2000;
    const wrong = Buffer.concat([HANDSHAKE, HELLO, logon("guess"), run(1), pull()]);
    let letIn = 0;
    const neighbour = await besides(target, () =>
      inParallel(tries, 200, async () => {
        const client = await RawClient.open(target.port, wrong);
        await client.end();
        // HELLO succeeds, LOGON fails, and requests pipelined after it are not answered.
        if (client.replies.filter((reply) => reply === "SUCCESS").length > 1) letIn++;
        client.destroy();
      }),
    );
    expect(letIn === 0, `${letIn} were let in`);
    return `${tries} guesses, 200 at a time: none let in; ${neighbour}`;
  },
};

export const slowReader: Attack = {
  name: "slow reader of 1,000,000 rows",
  async run(target) {
    const readers = 20;
    const before = await target.figures();
    const clients = await Promise.all(Array.from({ length: readers }, () => RawClient.loggedIn(target.port)));
    const neighbour = await besides(target, async () => {
      for (const client of clients) {
        client.send(run(1_000_000), pull());
        client.socket.pause();
      }
      await sleep(2000);
    });
    const { usedBytes, openResults: open } = await target.figures();
    for (const client of clients) client.destroy();
    const after = await target.calm();
    const each = (usedBytes - before.usedBytes) / readers;
    expect(open === readers, `${open} of ${readers} results open`);
    expect(each < 2 * 2 ** 20, `${mib(each)} for each reader`);
    expect(after.openResults === 0, "a result is left open");
    return `${readers} readers that do not read: ${mib(each)} each; ${neighbour}`;
  },
};

export const pipelined: Attack = {
  name: "1,000,000 pipelined requests",
  async run(target) {
    const requests = 1_000_000;
    const before = await target.figures();
    const client = await RawClient.loggedIn(target.port);
    // RUN and PULL again and again, as fast as the socket accepts them, without reading for a while.
    const batch = Buffer.concat(Array.from({ length: 1000 }, () => [run(1), pull()]).flat());
    client.socket.pause();
    let peak = 0;
    let sent = 0;
    const watch = setInterval(() => {
      void target.figures().then(({ usedBytes }) => (peak = Math.max(peak, usedBytes)));
    }, 200);
    setTimeout(() => client.socket.resume(), 1500);
    const start = performance.now();
    for (; sent < requests; sent += 2000) {
      if (!client.socket.write(batch)) await new Promise((resolve) => client.socket.once("drain", resolve));
    }
    await client.summaries(2 + requests, 120_000);
    clearInterval(watch);
    const seconds = (performance.now() - start - 1500) / 1000;
    const grown = peak - before.usedBytes;
    expect(client.replies.length === 2 + requests, `${client.replies.length} answers`);
    expect(grown < 16 * 2 ** 20, `the server took ${mib(grown)}`);
    client.destroy();
    await target.calm();
    return `all answered, ${Math.round(requests / seconds / 1000)} thousand/s; memory at most ${mib(grown)} more`;
  },
};

export const idleConnections: Attack = {
  name: "10,000 idle connections",
  async run(target) {
    const count = 10_000;
    const before = await target.calm();
    const clients: RawClient[] = [];
    const start = performance.now();
    try {
      await inParallel(count, 100, async () => {
        const client = await RawClient.open(target.port, LOGIN);
        clients.push(client);
        await client.summaries(2);
      });
      const seconds = (performance.now() - start) / 1000;
      const now = await target.figures();
      expect(now.loggedIn === count, `${now.loggedIn} of ${count} are logged in`);
      const used = (now.usedBytes - before.usedBytes) / count;
      const resident = (now.residentBytes - before.residentBytes) / count;
      const kib = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KiB`;
      return `${kib(used)} each in use, ${kib(resident)} resident; ${Math.round(count / seconds)} logins/s`;
    } finally {
      for (const client of clients) client.destroy();
      await target.calm();
    }
  },
};
