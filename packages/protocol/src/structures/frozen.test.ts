// Values are immutable: no holder of a value can change it for the others.
import { UUID } from "@bolt/framing";
import { expect, test } from "vitest";
import { DateTime, DateTimeZoneId, LocalDateTime } from "./date-time.ts";
import { Date } from "./date.ts";
import { Duration } from "./duration.ts";
import { Point2D, Point3D } from "./spatial.ts";
import { LocalTime, Time } from "./time.ts";
import { UnsupportedType } from "./unsupported.ts";
import { Vector } from "./vector.ts";

const VALUES = [
  new Date(1),
  new LocalTime(1),
  new Time(1, 0),
  new LocalDateTime(1, 0),
  new DateTime(1, 0, 0),
  new DateTimeZoneId(1, 0, "UTC"),
  new Duration(1, 1, 1, -1),
  new Point2D(7203, 1, 2),
  new Point3D(9157, 1, 2, 3),
  new Vector("int8", [1]),
  new Vector("int8", Int8Array.of(1)),
  new UnsupportedType("UUID", "6.1"),
  UUID.parse("01234567-89ab-cdef-0123-456789abcdef"),
];

test.each(VALUES)("%s cannot be changed", (value) => {
  const [field] = Object.keys(value);
  expect(Reflect.set(value, field!, 2)).toBe(false);
  expect(Reflect.set(value, "other", 2)).toBe(false);
});

test.each(VALUES)("an instance of a subclass, like %s, may have further fields", (value) => {
  const Base = value.constructor as new (...fields: unknown[]) => object;
  class Sub extends Base {
    readonly greeting = "Merry Christmas";
  }
  const fields = value instanceof UUID ? [value.bytes] : Object.values(value as object);
  expect(new Sub(...fields)).toEqual({ ...value, greeting: "Merry Christmas" });
});
