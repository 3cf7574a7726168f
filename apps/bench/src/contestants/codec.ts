// A codec alone, one per process: a list of rows to bytes, or back. One operation is one row.
import { CODECS, type CodecName } from "../codecs/codecs.ts";
import { same } from "../data/check.ts";
import { dataset, type DatasetName } from "../data/datasets.ts";
import { type Plain, toLists } from "../data/values.ts";
import { cost, type Cost, expose } from "../measure/worker.ts";

export interface CodecSetup {
  readonly codec: CodecName;
  readonly dataset: DatasetName;
  readonly direction: "encode" | "decode";
}

let once: () => unknown;
let check: () => void;
let rowsOfOnce = 1;
let bytesOfOnce = 0;

function open({ codec: name, dataset: of, direction }: CodecSetup): void {
  const codec = CODECS[name]();
  const { rows } = dataset(of);
  const value = codec.own(rows);
  // A Buffer of its own, as the peers expect.
  const bytes = Buffer.from(codec.encode(value));
  rowsOfOnce = rows.length;
  bytesOfOnce = bytes.length;
  check = () => same(codec.neutral(codec.decode(bytes)), toLists(rows) as Plain, "decoded rows");
  once = direction === "encode" ? () => codec.encode(value) : () => codec.decode(bytes);
}

let kept: unknown;

expose({
  open,
  check: () => {
    check();
    if (kept !== undefined) throw new Error("nothing that happens: it keeps results from being left out");
  },
  slice: (ops: number): Promise<Cost> =>
    cost(() => {
      let rows = 0;
      for (; rows < ops; rows += rowsOfOnce) kept = once();
      kept = undefined;
      return Promise.resolve(rows);
    }).then((done) => ({ ...done, bytes: (done.ops / rowsOfOnce) * bytesOfOnce })),
});
