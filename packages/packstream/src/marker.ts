// Marker bytes, the first byte of every value, and the limits that all values share. Knows numbers only.
// Tiny forms carry their size (or the integer itself) in the marker; `_8 _16 _32` give the width in bits of what follows
// (`UUID_16`: in bytes). Spec: https://neo4j.com/docs/bolt/current/packstream/

/** 80..8F: text of 0 to 15 bytes. */
export const TINY_STRING = 0x80;
/** 90..9F: list of 0 to 15 items. */
export const TINY_LIST = 0x90;
/** A0..AF: dictionary of 0 to 15 entries. */
export const TINY_DICTIONARY = 0xa0;
/** B0..BF: structure of 0 to 15 fields; the tag byte follows. */
export const TINY_STRUCTURE = 0xb0;
export const NULL = 0xc0;
export const FLOAT_64 = 0xc1;
export const FALSE = 0xc2;
export const TRUE = 0xc3;
export const INT_8 = 0xc8;
export const INT_16 = 0xc9;
export const INT_32 = 0xca;
export const INT_64 = 0xcb;
export const BYTES_8 = 0xcc;
export const STRING_8 = 0xd0;
export const LIST_8 = 0xd4;
export const DICTIONARY_8 = 0xd8;
/** In the first specification only: read, never written. */
export const STRUCTURE_8 = 0xdc;
/** Bolt 6.1 and later; reserved before. */
export const UUID_16 = 0xe0;

/** Largest size that a header may declare, although its field has 32 unsigned bits. */
export const MAX_SIZE = 0x7fff_ffff;

/**
 * Default of `maxDepth`: how deep lists, dictionaries and structures may be nested. A path of nodes needs 4 levels;
 * 512 take a fraction of the smallest default stack.
 */
export const DEFAULT_MAX_DEPTH = 512;
