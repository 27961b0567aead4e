/** @file A number for every storage that somebody asked for: JavaScript has no addresses. */
import type { Storage } from "../../kernels/backend.ts";
import { MOST_BYTES } from "../../kernels/layout.ts";

const places = new WeakMap<Storage, number>();
let next = MOST_BYTES;

/** Where a storage begins, as if all lay one behind the other. */
export function placeOf(storage: Storage): number {
  const known = places.get(storage);
  if (known !== undefined) return known;
  const place = next;
  next += MOST_BYTES;
  places.set(storage, place);
  return place;
}
