/**
 * @file Convolutions in WGSL as products whose matrices are never written: each thread computes several channels of several
 * places, neighbouring threads neighbouring places, straight from the images.
 */
import { type GpuKernel, kernelTable } from "../kernel.ts";
import type { Threads } from "../runtime.ts";
import { DIVIDE, MOST_GROUPS, WORKGROUP } from "./flat.ts";

/** Sizes of the images, of the results and of the kernels, per group, and how the windows slide. */
const SIZES = [
  ...["batch", "groups", "channels", "height", "width", "outputs", "down", "across", "kernelRows", "kernelColumns"],
  ...["strideDown", "strideAcross", "padDown", "padAcross", "gapDown", "gapAcross"],
];

/** Places for each thread, which are a workgroup apart: a CPU has few threads to keep busy, and reads weights slowly. */
function placesFor(threads: Threads): number {
  return threads === 4 ? 8 : 4;
}

/** Whether windows reach beyond their images, so that every read has to be looked at. */
export type Border = "padded" | "inside";

/** Channels that a thread computes at once. */
export type ChannelTile = 1 | 4 | 8;

export function channelTile(channels: number): ChannelTile {
  if (channels === 1) return 1;
  return channels <= 4 ? 4 : 8;
}

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

interface Direction {
  readonly name: string;
  readonly arrays: readonly string[];
  readonly ints: readonly string[];
  /** Channels and planes of what is computed, and channels and planes of what is read, as expressions. */
  readonly to: { readonly channels: string; readonly rows: string; readonly columns: string };
  readonly from: { readonly channels: string; readonly rows: string; readonly columns: string };
  /** The row (or column) of what is read for row `z` and row `i` of a kernel, and whether there is one. */
  reads(z: string, i: string, direction: "Down" | "Across", size: string): { at: string; isThere: string };
  /** Where the weight of channel `o` here and channel `c` there lies. */
  weight(mine: string, theirs: string): string;
  readonly first: string;
}

/** Every place of the result adds up the channels and the elements of a kernel. */
function sliding(d: Direction, tile: ChannelTile, border: Border, threads: Threads): GpuKernel {
  const count = placesFor(threads);
  const places = range(count);
  const isInside = border === "inside";
  const channels = range(tile);
  const planeOf = ({ rows, columns }: Direction["to"]): string => `(params.${rows} * params.${columns})`;
  const rows = (r: number) => d.reads(`y${r}`, "i", "Down", `params.${d.from.rows}`);
  const columns = (r: number) => d.reads(`z${r}`, "j", "Across", `params.${d.from.columns}`);
  return {
    name: d.name,
    arrays: d.arrays,
    ints: [...SIZES, "xAt", "wAt", ...d.ints],
    floats: [],
    body: "return 0;",
    wgsl: {
      groups: (length, ints) => {
        const [batch = 0, groups = 1] = ints;
        const mine = ints[SIZES.indexOf(d.to.channels)] ?? 1;
        const spots = length / (groups * mine);
        const blocks = batch === 0 ? 1 : Math.ceil(spots / (WORKGROUP * count));
        return [Math.min(blocks, MOST_GROUPS), Math.min(groups * Math.ceil(mine / tile), MOST_GROUPS), 1];
      },
      code: `${DIVIDE}
@compute @workgroup_size(${WORKGROUP})
fn main(
  @builtin(workgroup_id) group : vec3<u32>,
  @builtin(num_workgroups) groups : vec3<u32>,
  @builtin(local_invocation_index) thread : u32,
) {
  let plane = ${planeOf(d.to)};
  let theirPlane = ${planeOf(d.from)};
  let mine = params.${d.to.channels};
  let theirs = params.${d.from.channels};
  let area = params.kernelRows * params.kernelColumns;
  let spots = params.batch * plane;
  let tiles = (mine + ${tile - 1}) / ${tile};
  for (var block = i32(group.y); block < tiles * params.groups; block += i32(groups.y)) {
    let g = quotient(block, tiles);
    let m0 = (block - g * tiles) * ${tile};
    ${channels.map((m) => `let w${m} = params.wAt + ${d.weight(`min(m0 + ${m}, mine - 1)`, "0")};`).join("\n    ")}
    let step = ${d.weight("0", "1")} - ${d.weight("0", "0")};
    for (var start = i32(group.x) * ${WORKGROUP * count}; start < spots; start += i32(groups.x) * ${WORKGROUP * count}) {
      ${places
        .map(
          (r) => `
      let p${r} = start + i32(thread) + ${r * WORKGROUP};
      let q${r} = min(p${r}, spots - 1);
      let line${r} = quotient(q${r}, params.${d.to.columns});
      let z${r} = q${r} - line${r} * params.${d.to.columns};
      let n${r} = quotient(line${r}, params.${d.to.rows});
      let y${r} = line${r} - n${r} * params.${d.to.rows};
      let from${r} = params.xAt + (n${r} * params.groups + g) * theirs * theirPlane;`,
        )
        .join("")}
      ${channels.flatMap((m) => places.map((r) => `var s${m}_${r} = ${d.first.replaceAll("$m", `min(m0 + ${m}, mine - 1)`)};`)).join(" ")}
      for (var i = 0; i < params.kernelRows; i++) {
        ${places
          .map((r) =>
            isInside
              ? `let row${r} = ${rows(r).at};`
              : `let row${r} = ${rows(r).at}; let inRow${r} = ${rows(r).isThere.replaceAll("$at", `row${r}`)};`,
          )
          .join("\n        ")}
        for (var j = 0; j < params.kernelColumns; j++) {
          ${places
            .map((r) => {
              const at = `from${r} + row${r} * params.${d.from.columns} + column${r}`;
              if (isInside) return `let column${r} = ${columns(r).at}; var at${r} = ${at};`;
              return `
          let column${r} = ${columns(r).at};
          let isThere${r} = inRow${r} && ${columns(r).isThere.replaceAll("$at", `column${r}`)};
          var at${r} = select(params.xAt, ${at}, isThere${r});
          let next${r} = select(0, theirPlane, isThere${r});`;
            })
            .join("\n          ")}
          var tap = i * params.kernelColumns + j;
          for (var c = 0; c < theirs; c++) {
            ${places
              .map((r) =>
                isInside
                  ? `let v${r} = x[at${r}]; at${r} += theirPlane;`
                  : `let v${r} = select(0.0, x[at${r}], isThere${r}); at${r} += next${r};`,
              )
              .join("\n            ")}
            ${channels
              .map(
                (m) =>
                  `{ let w = weight[w${m} + tap]; ${places.map((r) => `s${m}_${r} = fma(w, v${r}, s${m}_${r});`).join(" ")} }`,
              )
              .join("\n            ")}
            tap += step;
          }
        }
      }
      ${places
        .map(
          (r) => `
      if (p${r} < spots) {
        let to = (n${r} * params.groups + g) * mine * plane + y${r} * params.${d.to.columns} + z${r};
        ${channels.map((m) => `if (m0 + ${m} < mine) { result[to + (m0 + ${m}) * plane] = s${m}_${r}; }`).join("\n        ")}
      }`,
        )
        .join("")}
    }
  }
}`,
    },
  };
}

/** Ints: {@link SIZES}, places of the images, of the weight and, with one, of the bias. */
export const convKernel = kernelTable((key: `${ChannelTile}:${"bias" | "plain"}:${Border}:${Threads}`): GpuKernel => {
  const [tile, bias, border, threads] = key.split(":") as [string, "bias" | "plain", Border, string];
  return sliding(
    {
      name: "conv2d",
      arrays: ["x", "weight", ...(bias === "bias" ? ["bias"] : [])],
      ints: bias === "bias" ? ["bAt"] : [],
      to: { channels: "outputs", rows: "down", columns: "across" },
      from: { channels: "channels", rows: "height", columns: "width" },
      reads: (z, i, direction, size) => ({
        at: `${z} * params.stride${direction} - params.pad${direction} + ${i} * params.gap${direction}`,
        isThere: `($at >= 0 && $at < ${size})`,
      }),
      weight: (o, c) => `(((g * mine + ${o}) * theirs + ${c}) * area)`,
      first: bias === "bias" ? "bias[params.bAt + g * mine + $m]" : "0.0",
    },
    Number(tile) as ChannelTile,
    border,
    Number(threads) as Threads,
  );
});

/** Ints: {@link SIZES}, places of the gradient and of the weight. */
export const convInputGradKernel = kernelTable((key: `${ChannelTile}:${Threads}`): GpuKernel => {
  const [tile, threads] = key.split(":");
  return sliding(
    {
      name: "conv2dInputGrad",
      arrays: ["x", "weight"],
      ints: [],
      to: { channels: "channels", rows: "height", columns: "width" },
      from: { channels: "outputs", rows: "down", columns: "across" },
      reads: (z, i, direction, size) => {
        const reach = `(${z} + params.pad${direction} - ${i} * params.gap${direction})`;
        return {
          at: `quotient(max(${reach}, 0), params.stride${direction})`,
          isThere: `(${reach} >= 0 && $at * params.stride${direction} == ${reach} && $at < ${size})`,
        };
      },
      weight: (c, o) => `(((g * theirs + ${o}) * mine + ${c}) * area)`,
      first: "0.0",
    },
    Number(tile) as ChannelTile,
    "padded",
    Number(threads) as Threads,
  );
});

/** Elements of kernels that a thread has at once. */
const TAPS = 4;

/** Workgroups that keep a GPU busy. */
const BUSY = 256;

/** Fewest places of a part for each thread. */
const SHARE = 16;

/**
 * In how many parts the places are added up, from the number of results and of places. The parts' sums are added in a
 * second pass.
 */
export function weightGradParts(results: number, tile: ChannelTile, places: number, threads: Threads): number {
  const blocks = Math.ceil(results / (tile * TAPS));
  return Math.max(1, Math.min(Math.ceil(BUSY / blocks), Math.floor(places / (threads * SHARE))));
}

/**
 * Every element of the kernels adds up all places: threads share them, and a workgroup adds up what its threads have.
 * Ints: {@link SIZES}, places of the images and of the gradient, parts, places in each.
 */
export const convWeightGradKernel = kernelTable((key: `${ChannelTile}:${Border}:${Threads}`): GpuKernel => {
  const [digits, border, count] = key.split(":") as [string, Border, string];
  const [tile, threads] = [Number(digits), Number(count)];
  const channels = range(tile);
  const taps = range(TAPS);
  const sums = channels.flatMap((m) => taps.map((r) => ({ m, r })));
  return {
    name: "conv2dWeightGrad",
    arrays: ["x", "g"],
    ints: [...SIZES, "xAt", "gAt", "parts", "share"],
    floats: [],
    body: "return 0;",
    wgsl: {
      groups: (_, ints) => {
        const [, groups = 1, inputs = 1, , , outputs = 1, , , kernelRows = 1, kernelColumns = 1] = ints;
        const parts = ints[SIZES.length + 2] ?? 1;
        const blocks = groups * Math.ceil(outputs / tile) * Math.ceil((inputs * kernelRows * kernelColumns) / TAPS);
        return [Math.min(blocks, MOST_GROUPS), parts, 1];
      },
      code: `
var<workgroup> sums : array<f32, ${threads * sums.length}>;

@compute @workgroup_size(${threads})
fn main(
  @builtin(workgroup_id) group : vec3<u32>,
  @builtin(num_workgroups) groups : vec3<u32>,
  @builtin(local_invocation_index) thread : u32,
) {
  let t = i32(thread);
  let area = params.kernelRows * params.kernelColumns;
  let depth = params.channels * area;
  let plane = params.down * params.across;
  let image = params.height * params.width;
  let spots = params.batch * plane;
  let tiles = (params.outputs + ${tile - 1}) / ${tile};
  let tapBlocks = (depth + ${TAPS - 1}) / ${TAPS};
  let begin = i32(group.y) * params.share;
  let end = min(spots, begin + params.share);
  let stepColumns = ${threads} % params.across;
  let stepRows = (${threads} / params.across) % params.down;
  let stepImages = ${threads} / plane;
  for (var block = i32(group.x); block < params.groups * tiles * tapBlocks; block += i32(groups.x)) {
    let tap0 = (block % tapBlocks) * ${TAPS};
    let m0 = ((block / tapBlocks) % tiles) * ${tile};
    let gr = block / (tapBlocks * tiles);
    ${taps
      .map(
        (r) => `
    let k${r} = min(tap0 + ${r}, depth - 1);
    let i${r} = ((k${r} % area) / params.kernelColumns) * params.gapDown - params.padDown;
    let j${r} = (k${r} % params.kernelColumns) * params.gapAcross - params.padAcross;
    let x${r} = params.xAt + (gr * params.channels + k${r} / area) * image;`,
      )
      .join("")}
    ${channels.map((m) => `let g${m} = params.gAt + (gr * params.outputs + min(m0 + ${m}, params.outputs - 1)) * plane;`).join("\n    ")}
    ${sums.map(({ m, r }) => `var s${m}_${r} = 0.0;`).join(" ")}
    var n = (begin + t) / plane;
    var y = ((begin + t) % plane) / params.across;
    var z = (begin + t) % params.across;
    for (var p = begin + t; p < end; p += ${threads}) {
      let up = n * params.groups * params.outputs * plane + y * params.across + z;
      let xn = n * params.groups * params.channels * image;
      let top = y * params.strideDown;
      let left = z * params.strideAcross;
      ${taps
        .map((r) =>
          border === "inside"
            ? `let v${r} = x[x${r} + xn + (top + i${r}) * params.width + left + j${r}];`
            : `
      let row${r} = top + i${r};
      let column${r} = left + j${r};
      let isThere${r} = row${r} >= 0 && row${r} < params.height && column${r} >= 0 && column${r} < params.width;
      let v${r} = select(0.0, x[select(params.xAt, x${r} + xn + row${r} * params.width + column${r}, isThere${r})], isThere${r});`,
        )
        .join("\n      ")}
      ${channels
        .map(
          (m) => `{ let u = g[g${m} + up]; ${taps.map((r) => `s${m}_${r} = fma(u, v${r}, s${m}_${r});`).join(" ")} }`,
        )
        .join("\n      ")}
      z += stepColumns;
      let carry = select(0, 1, z >= params.across);
      z -= carry * params.across;
      y += stepRows + carry;
      let over = select(0, 1, y >= params.down);
      y -= over * params.down;
      n += stepImages + over;
    }
    ${sums.map(({ m, r }, i) => `sums[${i * threads} + t] = s${m}_${r};`).join("\n    ")}
    workgroupBarrier();
    for (var k = t; k < ${sums.length}; k += ${threads}) {
      let m = m0 + k / ${TAPS};
      let tap = tap0 + k % ${TAPS};
      if (m < params.outputs && tap < depth) {
        var sum = 0.0;
        for (var i = 0; i < ${threads}; i++) { sum += sums[k * ${threads} + i]; }
        result[(i32(group.y) * params.groups * params.outputs + gr * params.outputs + m) * depth + tap] = sum;
      }
    }
    workgroupBarrier();
  }
}`,
    },
  };
});
