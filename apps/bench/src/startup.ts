// A fresh process that loads one driver and runs one query: what these cost a program that has just started.
// Prints one line of JSON. Imports nothing else.
const [, , name = "", port = ""] = process.argv;

interface Loaded {
  driver(uri: string, auth: unknown, config?: object): { session(): Session; close(): Promise<void> };
  auth: { basic(user: string, password: string): unknown };
}
interface Session {
  run(query: string): PromiseLike<{ records: unknown[] }>;
  close(): Promise<void>;
}

const start = performance.now();
const cpu = process.cpuUsage();
const loaded = (await import(name)) as Loaded & { default?: Loaded };
const importMs = performance.now() - start;
const importCpu = process.cpuUsage(cpu);

const { driver, auth } = loaded.default ?? loaded;
const queryCpu = process.cpuUsage();
const queryStart = performance.now();
const db = driver(`bolt://127.0.0.1:${port}`, auth.basic("neo4j", "secret"));
const session = db.session();
const { records } = await session.run("one 1");
const queryMs = performance.now() - queryStart;
const firstCpu = process.cpuUsage(queryCpu);
if (records.length !== 1) throw new Error("not one row");
await session.close();
await db.close();

const us = ({ user, system }: NodeJS.CpuUsage): number => user + system;
process.stdout.write(
  `${JSON.stringify({
    import: { cpuUs: us(importCpu), wallUs: importMs * 1000 },
    query: { cpuUs: us(firstCpu), wallUs: queryMs * 1000 },
  })}\n`,
);
