/** @file Limits of file formats: sizes are checked against these before anything is allocated. */

/** Dimensions of an array in a file. NumPy has 64, PyTorch 64. */
export const MAX_DIMENSIONS = 64;

/** Bytes of a safetensors header: the limit of the reference implementation. */
export const MAX_SAFETENSORS_HEADER = 100_000_000;

/** Levels of brackets in a safetensors header: the header, an entry, a list. */
export const MAX_SAFETENSORS_DEPTH = 3;

/** Bytes of a .npy header. Those of plain arrays have about a hundred. */
export const MAX_NPY_HEADER = 65_536;

/** Levels of nested state. Deeper than any; a value that contains itself is endlessly deep. */
export const MAX_STATE_DEPTH = 100;

/** Decimal digits of a bigint: reading one takes quadratic time. */
export const MAX_BIGINT_DIGITS = 1000;

/** Bytes of the index of a sharded model. */
export const MAX_INDEX = 100_000_000;

/** Levels of brackets in such an index: the index, and the maps in it. What else stands there may be nested a little. */
export const MAX_INDEX_DEPTH = 16;

/** Bytes of the comment at the end of a zip archive: its length is a 16-bit number. */
export const MAX_ZIP_COMMENT = 0xffff;

/** How far deflate can shrink anything. A zip entry that claims more is lying. */
export const MAX_DEFLATE_RATIO = 1032;

/** The end of what a zip archive without 64-bit fields can address, and its number of entries. */
export const MAX_ZIP32_BYTES = 0xffff_ffff;
export const MAX_ZIP32_ENTRIES = 0xffff;

/** What one gzip file of IDX data may unpack to. Far above any MNIST (47 MB), far below what a hostile file can ask for. */
export const MAX_UNPACKED_IDX = 2 ** 31;
