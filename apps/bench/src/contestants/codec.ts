// A single codec per process: rows to bytes, or back. One operation is one row.
import { type CodecName, CODECS, type Packed } from "../codecs/codecs.ts";
import { same } from "../data/check.ts";
import { dataset, type DatasetName } from "../data/datasets.ts";
import { type Plain, toLists } from "../data/values.ts";
import { cost, type Cost, expose } from "../measure/worker.ts";

export interface CodecSetup {
  readonly codec: CodecName;
  readonly dataset: DatasetName;
  readonly direction: "encode" | "decode";
}

let once: () => void;
let check: () => void;
let rowsOfOnce = 1;
let bytesOfOnce = 0;

// Keeps results alive for a moment, so that the compiler cannot drop the work that makes them.
const kept: unknown[] = [undefined];
const keep = (result: unknown): void => {
  kept[0] = result;
};

async function open({ codec: name, dataset: of, direction }: CodecSetup): Promise<void> {
  const codec = await CODECS[name]();
  const { rows } = dataset(of);
  const own = rows.map((row) => codec.own(row));
  const pieces = own.map((row) => codec.pack(row));
  const offsets = [0];
  for (const piece of pieces) offsets.push(offsets.at(-1)! + piece.length);
  // A Buffer, as the peers expect.
  const packed: Packed = { bytes: Buffer.concat(pieces), offsets };
  rowsOfOnce = rows.length;
  bytesOfOnce = packed.bytes.length;
  check = () => {
    let seen = 0;
    codec.decode(packed, (row) => {
      same(codec.neutral(row), toLists(rows[seen] as Plain) as Plain, `row ${seen}`);
      seen++;
    });
    same(seen, rows.length, "number of rows");
    codec.encode(own);
  };
  once = direction === "encode" ? () => keep(codec.encode(own)) : () => codec.decode(packed, keep);
}

expose({
  open,
  check: () => check(),
  slice: (ops: number): Promise<Cost> =>
    cost(() => {
      let rows = 0;
      for (; rows < ops; rows += rowsOfOnce) once();
      return Promise.resolve(rows);
    }).then((done) => ({ ...done, bytes: (done.ops / rowsOfOnce) * bytesOfOnce })),
});
