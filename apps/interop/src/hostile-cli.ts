// `pnpm --filter interop hostile`: hostile peers against our server in a separate process. Bounded in number
// and time, on the loopback interface only. Exit code 0 when the server withstood everything.
import { commandLine, refuse } from "./command-line.ts";
import type { Attack } from "./hostile/attack.ts";
import {
  byteByByte,
  cutEverywhere,
  deepNesting,
  everyMessageInEveryState,
  lyingSizes,
} from "./hostile/bytes.ts";
import { idleConnections, loginFlood, pipelined, slowReader } from "./hostile/load.ts";
import { Target } from "./hostile/target.ts";

const ATTACKS: readonly Attack[] = [
  byteByByte,
  cutEverywhere,
  everyMessageInEveryState,
  lyingSizes,
  deepNesting,
  loginFlood,
  slowReader,
  pipelined,
  idleConnections,
];

const USAGE = `usage: hostile [WORD ...]     attacks whose name contains WORD; all without one
attacks: ${ATTACKS.map(({ name }) => name).join(", ")}`;

const { positionals: words } = commandLine(USAGE, {});
const wanted = ATTACKS.filter(({ name }) => words.length === 0 || words.some((word) => name.includes(word)));
if (wanted.length === 0) refuse(`no attack is called ${words.join(" or ")}`, USAGE);
for (const attack of wanted) {
  // A new server for each attack: none inherits another's memory.
  await using target = await Target.start();
  const start = performance.now();
  let told: string;
  try {
    told = await attack.run(target);
    const { errors } = await target.figures();
    if (errors > 0) throw new Error(`the server logged ${errors} errors`);
  } catch (error) {
    process.exitCode = 1;
    told = `NOT STOOD: ${String(error)}`;
  }
  const seconds = ((performance.now() - start) / 1000).toFixed(1);
  console.log(`| ${attack.name.padEnd(29)} | ${told} | ${seconds} s |`);
}
