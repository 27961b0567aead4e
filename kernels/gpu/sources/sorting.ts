/**
 * @file Sorting in WGSL: positions of rows are sorted by a bitonic network in the memory of a workgroup, and sorted parts of
 * longer rows are merged two by two.
 */
import { type GpuKernel, kernelTable } from "../kernel.ts";
import type { Threads } from "../runtime.ts";
import { DIVIDE, flatKernel, MOST_GROUPS } from "./flat.ts";
import { NAN_FUNCTIONS, ORDER_FUNCTION } from "./rows.ts";

/** Elements that a workgroup sorts: one part of a row, or several short rows. */
export const SORTED_PART = 1024;

/** A whole number that rises with the elements, or falls; `column` and `row` say where line `line` of a block lies. */
const KEY = `${NAN_FUNCTIONS}${ORDER_FUNCTION}
fn placeOf(line : i32, j : i32) -> i32 {
  let row = quotient(line, params.inner);
  return (row * params.n + j) * params.inner + line - row * params.inner;
}
fn keyOf(line : i32, j : i32) -> i32 {
  let rising = orderOf(x[params.xAt + placeOf(line, j)]);
  return select(rising, ~rising, params.descending != 0);
}`;

/**
 * Sorts parts of `size` elements, a power of two, of all lines: positions where they lie in the block, or line by line
 * where they are to be merged. Equal elements are in order of their positions. Ints: place of x, lines, n, inner, whether
 * to sort in descending order, size of a part, parts of a line.
 */
export const partSortKernel = kernelTable(
  (threads: `${Threads}`): GpuKernel => ({
    name: "argsort",
    arrays: ["x"],
    ints: ["xAt", "lines", "n", "inner", "descending", "size", "parts"],
    floats: [],
    body: "return 0;",
    wgsl: {
      groups: (_, [, lines = 0, , , , size = 1, parts = 1]) => [
        Math.min(Math.ceil((lines * parts) / (SORTED_PART / size)), MOST_GROUPS),
        1,
        1,
      ],
      code: `${DIVIDE}${KEY}
var<workgroup> keys : array<i32, ${SORTED_PART}>;
var<workgroup> places : array<i32, ${SORTED_PART}>;

@compute @workgroup_size(${threads})
fn main(
  @builtin(workgroup_id) group : vec3<u32>,
  @builtin(num_workgroups) groups : vec3<u32>,
  @builtin(local_invocation_index) thread : u32,
) {
  let t = i32(thread);
  let size = params.size;
  let together = ${SORTED_PART} / size;
  let all = params.lines * params.parts;
  for (var first = i32(group.x) * together; first < all; first += i32(groups.x) * together) {
    let used = min(together, all - first) * size;
    for (var p = t; p < used; p += ${threads}) {
      let part = first + quotient(p, size);
      let line = quotient(part, params.parts);
      let j = (part - line * params.parts) * size + (p & (size - 1));
      places[p] = j;
      keys[p] = 0x7fffffff;
      if (j < params.n) { keys[p] = keyOf(line, j); }
    }
    workgroupBarrier();
    for (var run = 2; run <= size; run = 2 * run) {
      for (var distance = run / 2; distance > 0; distance = distance / 2) {
        for (var pair = t; pair < used / 2; pair += ${threads}) {
          let p = 2 * pair - (pair & (distance - 1));
          let q = p + distance;
          let isLess = keys[p] < keys[q] || (keys[p] == keys[q] && places[p] < places[q]);
          let rises = (p & (size - 1) & run) == 0;
          if (isLess != rises) {
            let key = keys[p];
            keys[p] = keys[q];
            keys[q] = key;
            let place = places[p];
            places[p] = places[q];
            places[q] = place;
          }
        }
        workgroupBarrier();
      }
    }
    for (var p = t; p < used; p += ${threads}) {
      let part = first + quotient(p, size);
      let line = quotient(part, params.parts);
      let j = (part - line * params.parts) * size + (p & (size - 1));
      if (j < params.n) { result[select(line * params.n + j, placeOf(line, j), params.parts == 1)] = f32(places[p]); }
    }
    workgroupBarrier();
  }
}`,
    },
  }),
);

/**
 * Merges neighbouring runs of sorted positions: each finds its rank among those of the other run. Ints: as of the parts,
 * where `size` is the length of a run and `parts` is 1 if this is the last merge.
 */
export const MERGE_PASS: GpuKernel = flatKernel({
  name: "argsort",
  arrays: ["x", "order"],
  ints: ["xAt", "lines", "n", "inner", "descending", "size", "parts"],
  functions: KEY,
  statements: `
    let line = quotient(at, params.n);
    let p = at - line * params.n;
    let base = line * params.n;
    let run = quotient(p, params.size);
    let start = run * params.size;
    let isLeft = (run & 1) == 0;
    let other = select(start - params.size, min(start + params.size, params.n), isLeft);
    let place = i32(order[base + p]);
    let key = keyOf(line, place);
    var low = other;
    var high = select(start, min(other + params.size, params.n), isLeft);
    while (low < high) {
      let middle = (low + high) / 2;
      let theirs = keyOf(line, i32(order[base + middle]));
      // What is equal and left comes first.
      if (theirs < key || (!isLeft && theirs == key)) { low = middle + 1; } else { high = middle; }
    }
    let to = select(other, start, isLeft) + (p - start) + (low - other);
    result[select(base + to, placeOf(line, to), params.parts == 1)] = f32(place);`,
});
