// Neo4j's own answers: compares the recorded answers of real servers of seven generations, on each Bolt version,
// with what ours sends for the same bytes: which messages, codes, statuses, keys, records, and closing.
import { describe, expect, test } from "vitest";
// @boundaries-ignore the recordings and their reading belong to the protocol's tests; a second copy would drift
import { connections, type Recording, recordings, type Step } from "../../../protocol/test/recordings.ts";
import { WANTED, type Wanted } from "./differences.ts";
import { type Difference, play } from "./play.ts";

const used = new Set<Wanted>();
let compared = 0;

/** Edge recordings have handshake and login only once: the steps that bring a connection to where `steps` begin. */
function preludeOf(recording: Recording, [first]: readonly Step[]): Step[] {
  if (!first || /^(handshake|hs-|manifest)/.test(first.name)) return [];
  const login = [...connections(recording).values()].find(([step]) => step?.name === "handshake") ?? [];
  const whole = login.slice(
    0,
    login.findIndex(({ name }) => !/^(handshake|hello|logon|init)$/.test(name)),
  );
  if (first.name === "hello-again") return whole;
  if (/before-logon/.test(first.name)) return whole.slice(0, 2);
  const isHello = first.client[3] === 0x01;
  return isHello || /before-(login|hello)/.test(first.name) ? whole.slice(0, 1) : whole;
}

/** The steps before the first one whose answer depended on timing, or that was cut short. */
function certain(steps: readonly Step[]): readonly Step[] {
  const end = steps.findIndex(
    ({ name, client }, index) =>
      /^reset-(running|pipelined)|^tx-timeout/.test(name) || (index === 0 && client.length === 0),
  );
  return end < 0 ? steps : steps.slice(0, end);
}

function unexplained({ recording, step, what }: Difference): boolean {
  const where = `${recording.server.slice("Neo4j/".length)}/${recording.bolt}`;
  const lines = WANTED.filter(
    (line) => line.step.test(step) && line.what.test(what) && (line.where?.test(where) ?? true),
  );
  for (const line of lines) used.add(line);
  return lines.length === 0;
}

describe("Neo4j's own answers", () => {
  test.each(recordings("main", "types", "edge"))("$name", async (recording) => {
    const differences: string[] = [];
    for (const whole of connections(recording).values()) {
      const steps = certain(whole);
      if (steps.length === 0) continue;
      const played = await play(recording, preludeOf(recording, steps), steps);
      compared += played.messages;
      for (const difference of played.differences.filter(unexplained)) {
        differences.push(`${difference.step}: ${difference.what}`);
      }
    }
    expect(differences).toEqual([]);
  });

  test("every line of the table explains something, and much was compared", () => {
    expect(WANTED.filter((line) => !used.has(line)).map(({ step, what }) => `${step} ${what}`)).toEqual([]);
    expect(compared).toBeGreaterThan(5000);
  });
});
