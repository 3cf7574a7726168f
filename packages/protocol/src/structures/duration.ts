// Duration: months, days and seconds, which do not convert into each other. Spec: structures, Duration (45).
import { add, divide, int64, misfit } from "./checks.ts";
import { IsoValue, SECOND, printFraction } from "./iso.ts";

const ISO =
  /^([+-])?P(?=.)(?:([+-]?\d{1,19})Y)?(?:([+-]?\d{1,19})M)?(?:([+-]?\d{1,19})W)?(?:([+-]?\d{1,19})D)?(?:T(?=.)(?:([+-]?\d{1,19})H)?(?:([+-]?\d{1,19})M)?(?:([+-]?)(\d{1,19})(?:[.,](\d{1,9}))?S)?)?$/i;

const BILLION = 1_000_000_000n;

/** An amount of time. Immutable. Months, days and seconds are independent and may differ in sign. */
export class Duration extends IsoValue {
  /** 64 bits, a `bigint` only beyond the safe numbers; likewise days and seconds. */
  readonly months: number | bigint;
  readonly days: number | bigint;
  /** Whole seconds, rounded down: minus half a second is -1 second and 500000000 nanoseconds. */
  readonly seconds: number | bigint;
  /** 0 to 999999999, added to the seconds. */
  readonly nanoseconds: number;

  /**
   * Nanoseconds may be any 64-bit integer; whole seconds in them are carried over.
   * Throws RangeError for a non-integer and for a part beyond 64 bits.
   */
  constructor(
    months: number | bigint,
    days: number | bigint,
    seconds: number | bigint,
    nanoseconds: number | bigint = 0,
  ) {
    super();
    this.months = int64(months, "months");
    this.days = int64(days, "days");
    this.seconds = int64(seconds, "seconds");
    const nanos = int64(nanoseconds, "nanoseconds");
    if (nanos >= 0 && nanos < SECOND) {
      this.nanoseconds = Number(nanos);
    } else {
      const [carry, rest] = divide(BigInt(nanos), BILLION);
      this.nanoseconds = Number(rest);
      this.seconds = add(this.seconds, Number(carry));
    }
    if (new.target === Duration) Object.freeze(this);
  }

  /**
   * Reads ISO 8601 durations: `P1Y2M3W4DT5H6M7.000000008S`. Each part may have its own sign; a sign in front
   * reverses them all. Throws RangeError.
   */
  static parse(iso: string): Duration {
    const match = ISO.exec(iso);
    if (!match) throw misfit("Duration", "ISO 8601 text of its kind", iso);
    const turn = match[1] === "-" ? -1n : 1n;
    const at = (index: number): bigint => turn * BigInt(match[index]?.replace("+", "") ?? 0);
    const sign = match[8] === "-" ? -turn : turn;
    return new Duration(
      at(2) * 12n + at(3),
      at(4) * 7n + at(5),
      at(6) * 3600n + at(7) * 60n + sign * BigInt(match[9] ?? 0),
      sign * BigInt((match[10] ?? "").padEnd(9, "0")),
    );
  }

  /** `P1Y2M3DT4H5M6.789S` as in Cypher, each part with its own sign: `P-1MT-0.5S`. No time at all is `PT0S`. */
  toString(): string {
    // BigInt division rounds towards zero, so minus half a second prints as "-0.5", not as -1 and a half.
    const total = BigInt(this.seconds) * BILLION + BigInt(this.nanoseconds);
    const seconds = total / BILLION;
    const fraction = printFraction(Math.abs(Number(total % BILLION)));
    const months = BigInt(this.months);
    const date = part(months / 12n, "Y") + part(months % 12n, "M") + part(BigInt(this.days), "D");
    const sign = total < 0n && seconds % 60n === 0n ? "-" : "";
    const second = fraction ? `${sign}${seconds % 60n}${fraction}S` : part(seconds % 60n, "S");
    const time = part(seconds / 3600n, "H") + part((seconds / 60n) % 60n, "M") + second;
    return time ? `P${date}T${time}` : date ? `P${date}` : "PT0S";
  }
}

const part = (value: bigint, unit: string): string => (value ? `${value}${unit}` : "");
