// @bolt/server under test. The backend's rows are prebuilt, so that only the server is measured.
import { createServer, Node, type Row } from "@bolt/server";
import { dataset, isDataset } from "../data/datasets.ts";
import { type Plain, Shape } from "../data/values.ts";
import { expose } from "../measure/worker.ts";

const tables = new Map<string, Row[]>();

/** The number of rows that the query names, built once. */
function table(query: string): Row[] {
  let found = tables.get(query);
  if (!found) {
    const [name = "", count = "0"] = query.split(" ");
    if (!isDataset(name)) throw new Error(`unknown query: ${query}`);
    const rows = dataset(name).rows.map((row) => row.map(own));
    found = Array.from({ length: Number(count) }, (_, i) => rows[i % rows.length]!);
    tables.set(query, found);
  }
  return found;
}

function own(value: Plain): unknown {
  if (value instanceof Shape && value.name === "Node") {
    return new Node(...(value.fields as unknown as ConstructorParameters<typeof Node>));
  }
  return value;
}

const server = createServer({
  authenticate: ({ principal }) => principal,
  run: ({ query }) => ({
    keys: dataset(query.slice(0, query.indexOf(" ")) as "one").keys as string[],
    records: table(query),
  }),
});

let port: number | undefined;

expose({
  listen: async () => (port ??= (await server.listen({ port: 0, host: "127.0.0.1" })).port),
});
