// A program that uses only the codec.
import {
  BoltError,
  Float,
  pack,
  Packer,
  PackError,
  Structure,
  type StructureReader,
  type StructureWriter,
  UnpackError,
  unpack,
  Unpacker,
  UUID,
  type Value,
} from "@bolt/packstream";

class Money {
  readonly cents: bigint;
  constructor(cents: bigint) {
    this.cents = cents;
  }
}

const writeMoney: StructureWriter = (packer, money: Money) => {
  packer.writeStructureHeader(0x24, 1);
  packer.write(money.cents);
};
const readMoney: StructureReader = (unpacker) => new Money(BigInt(Number(unpacker.read())));

const bytes: Uint8Array = pack(new Money(5n), { structures: new Map([[Money, writeMoney]]) });
const back: Value = unpack(bytes, { integers: "bigint", floats: "wrap", duplicateKeys: "reject" });
if (back instanceof Structure) back.fields satisfies readonly unknown[];

const table: StructureReader[] = [];
table[0x24] = readMoney;
new Unpacker({ structures: table, maxDepth: 10 }).read();
new Packer({ uuid: false }).write([new Float(1), UUID.parse("550e8400-e29b-41d4-a716-446655440000")]);

try {
  pack(() => 1);
} catch (error) {
  if (error instanceof PackError) error.path satisfies string;
  if (error instanceof UnpackError) error.offset satisfies number;
  if (error instanceof BoltError) error.code satisfies string;
}

// @ts-expect-error there is no such mode
unpack(bytes, { integers: "string" });
