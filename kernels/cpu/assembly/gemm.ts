/** @file Float32 matrix products. */

/** Placeholder until the tile is here. */
export function version(): i32 {
  return 1;
}
