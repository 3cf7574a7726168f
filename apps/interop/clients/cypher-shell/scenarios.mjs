// The scenarios for cypher-shell (Maven) that a command line can play: each starts the shell once
// or twice, feeds it a script and reads what it prints. BOLT_JAVA and BOLT_CLASS_PATH tell how to start it.
import { spawn } from "node:child_process";
import { check, checkSame, runAll, target } from "../javascript/report.mjs";

const run = `shell-${process.pid}-${Date.now()}`; // marks the nodes of this run
const create = (name) => `CREATE (n:Interop {run: $run, name: '${name}'}) RETURN n.name AS name;`;
const count = (name) => `MATCH (n:Interop {run: $run, name: '${name}'}) RETURN count(n) AS n;`;

const scenarios = {
  connect: async () => {
    checkSame(await lines("RETURN 1 AS n;"), ["n", "1"]);
    const { stdout } = await shell("", { options: ["--version"] });
    return stdout.trim();
  },

  "connect-routing": async () => {
    const printed = await lines(create("routed") + count("routed"), { uri: target.routingUri });
    checkSame(printed, ["name", `"routed"`, "n", "1"]);
  },

  "auto-commit": async () => {
    checkSame(await lines(`:param x => 'second';\nRETURN 1 AS n;\nRETURN $x AS x;`), [
      "n",
      "1",
      "x",
      `"second"`,
    ]);
  },

  "explicit-commit": async () => {
    const script = [":begin", create("committed"), create("committed"), ":commit", count("committed")];
    checkSame((await lines(script.join("\n"))).at(-1), "2");
  },

  "explicit-rollback": async () => {
    const script = [":begin", create("rolled-back"), ":rollback", count("rolled-back")];
    checkSame((await lines(script.join("\n"))).at(-1), "0");
  },

  "stream-100k": async () => {
    const printed = await lines(`UNWIND range(1, ${target.rows}) AS n RETURN n;`);
    checkSame([printed.length, printed.at(-1)], [target.rows + 1, String(target.rows)]);
  },

  // `:param` lets the server compute the value, then sends it as a parameter: two round trips for each value.
  values: () =>
    echo(
      ["null", "NULL"],
      ["true", "TRUE"],
      ["9223372036854775807", "9223372036854775807"],
      ["-1.25", "-1.25"],
      ["1e300", "1.0E300"],
      ["'ä€😀'", `"ä€😀"`],
      ["[1, 'two', [3.5, null]]", `[1, "two", [3.5, NULL]]`],
      ["{a: {b: [1]}}", "{a: {b: [1]}}"],
    ),
  "values-temporal": () =>
    echo(
      ["date('2024-02-29')", "2024-02-29"],
      ["time('12:34:56.789000001-01:30')", "12:34:56.789000001-01:30"],
      ["localtime('12:34:56.789000001')", "12:34:56.789000001"],
      ["datetime('2024-02-29T12:34:56.789+02:00')", "2024-02-29T12:34:56.789+02:00"],
      ["datetime('2024-02-29T12:34:56.789[Europe/Berlin]')", "2024-02-29T12:34:56.789+01:00[Europe/Berlin]"],
      ["localdatetime('2024-02-29T12:34:56.789')", "2024-02-29T12:34:56.789"],
      ["duration({months: 14, days: -3, seconds: 5})", "P1Y2M-3DT5S"],
    ),
  "values-spatial": () =>
    echo(
      ["point({x: 1.5, y: -2.5})", "point({srid:7203, x:1.5, y:-2.5})"],
      [
        "point({longitude: 12.5, latitude: 55.5, height: 100.5})",
        "point({srid:4979, x:12.5, y:55.5, z:100.5})",
      ],
    ),

  "values-graph": async () => {
    const printed = await lines(
      `CREATE p = (:Interop {run: $run, name: 'a'})-[r:KNOWS {since: 2020}]->(:Interop {run: $run}) RETURN r, p;`,
    );
    checkSame(printed[0], "r, p");
    check(
      /^\[:KNOWS \{since: 2020\}\], \(:Interop .*\)-\[:KNOWS \{since: 2020\}\]->\(:Interop /.test(printed[1]),
      printed[1],
    );
  },

  failure: async () => {
    const { code, stdout, stderr } = await shell("THIS IS NOT CYPHER;\nRETURN 1 AS n;", {
      options: ["--fail-at-end"],
    });
    checkSame([code, stdout.trim().split("\n")], [1, ["n", "1"]]);
    check(stderr.includes("THIS IS NOT CYPHER"), stderr);
    return stderr.trim().split("\n")[0].slice(0, 60);
  },

  "failure-in-stream": async () => {
    const script = "UNWIND range(-1500, 1500) AS n RETURN 1 / n AS x;\nRETURN 'after' AS x;";
    const { code, stdout, stderr } = await shell(script, { options: ["--fail-at-end"] });
    checkSame([code, stdout.trim().split("\n").at(-1)], [1, `"after"`]);
    check(/by zero/.test(stderr), stderr);
  },

  "failure-in-tx": async () => {
    const script = [":begin", create("failed"), "THIS IS NOT CYPHER;", ":commit", count("failed")].join("\n");
    const { code, stdout } = await shell(script, { options: ["--fail-at-end"] });
    checkSame([code, stdout.trim().split("\n").at(-1)], [1, "0"]);
  },

  summary: async () => {
    const script = `${create("counted")}\nEXPLAIN MATCH (n:Interop) RETURN n;`;
    const { stdout } = await shell(script, { options: ["--format", "verbose"] });
    check(stdout.includes("Added 1 nodes, Set 2 properties, Added 1 labels"), stdout);
    check(/"EXPLAIN".*"READ_ONLY"/.test(stdout), stdout);
  },

  "wrong-password": async () => {
    const { code, stderr } = await shell("RETURN 1;", { password: `not-${target.password}` });
    checkSame([code, stderr.trim()], [1, "The client is unauthorized due to authentication failure."]);
    checkSame(await lines("RETURN 1 AS n;"), ["n", "1"]);
  },
};

await runAll(scenarios);
await shell("MATCH (n:Interop {run: $run}) DETACH DELETE n;");

async function echo(...pairs) {
  const script = pairs.map(([cypher]) => `:param x => ${cypher};\nRETURN $x AS x;`).join("\n");
  const printed = await lines(script);
  checkSame(
    printed,
    pairs.flatMap(([, text]) => ["x", text]),
  );
  return `${pairs.length} values`;
}

/** Returns what the shell prints, line by line; throws unless it succeeds. */
async function lines(script, how) {
  const { code, stdout, stderr } = await shell(script, how);
  if (code !== 0) throw new Error(`exit code ${code}: ${stderr.trim().slice(0, 300)}`);
  return stdout.trim().split("\n");
}

function shell(script, { uri = target.uri, password = target.password, options = [] } = {}) {
  const { BOLT_JAVA, BOLT_CLASS_PATH } = process.env;
  const args = ["-cp", BOLT_CLASS_PATH, "org.neo4j.shell.Main", "-a", uri];
  const child = spawn(BOLT_JAVA, [...args, "-P", `{run: '${run}'}`, ...options], {
    env: { ...process.env, NEO4J_USERNAME: target.user, NEO4J_PASSWORD: password },
  });
  return new Promise((resolve, reject) => {
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
    child.on("error", reject);
    child.on("close", (code) => {
      stderr = stderr.replace(/^Picked up JAVA_TOOL_OPTIONS.*\n/m, "");
      resolve({ code, stdout, stderr });
    });
    child.stdin.on("error", () => {});
    child.stdin.end(`${script}\n`);
  });
}
