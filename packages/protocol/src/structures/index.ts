// Structures of the protocol as immutable classes, and the tables by which the codec reads and writes them.
export { DateTime, DateTimeZoneId, LocalDateTime } from "./date-time.ts";
export { Date } from "./date.ts";
export { Duration } from "./duration.ts";
export { Node, Path, type PathSegment, type Properties, Relationship, UnboundRelationship } from "./graph.ts";
export { type IsoValue } from "./iso.ts";
export {
  convertingReaders,
  type ReaderOverrides,
  type StructureOptions,
  structureReaders,
  structureWriters,
  temporalReaders,
  temporalStringReaders,
  type WriterOverrides,
} from "./registry.ts";
export { Point2D, Point3D, SRID } from "./spatial.ts";
export { fromTemporal, toTemporal } from "./temporal-interop.ts";
export { LocalTime, Time } from "./time.ts";
export { UnsupportedType } from "./unsupported.ts";
export { Vector, type VectorData, type VectorType } from "./vector.ts";
