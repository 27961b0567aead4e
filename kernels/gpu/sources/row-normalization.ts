/**
 * @file Normalization in WGSL. Groups of a sample lie in one piece, and a kernel gives each to a row's threads. A channel lies in
 * as many pieces as there are samples; its sums are a kernel, and its elements another.
 */
import { type GpuKernel, kernelTable } from "../kernel.ts";
import type { Threads } from "../runtime.ts";
import { rowKernel } from "./rows.ts";

/** Whether there are a weight and a bias. */
export type Affinity = "plain" | "affine";

/** How the elements of a group are spread over its channels: one each, or a plane each. */
export type Spread = "elements" | "planes";

function channelOf(spread: Spread): string {
  return `first_channel + ${spread === "elements" ? "j" : "quotient(j, params.inner)"}`;
}

const FIRST_CHANNEL = "let first_channel = remainder(row, params.groups) * params.perGroup;";

/**
 * (x − mean)·rstd·weight + bias of every group, then all means, then all rstd. The distances from a first mean, which may be
 * rounded, give both the mean and the variance.
 */
const groupNorms = kernelTable((key: `${Affinity}:${Spread}:${Threads}`): GpuKernel => {
  const [affinity, spread, threads] = key.split(":") as [Affinity, Spread, string];
  const isAffine = affinity === "affine";
  return rowKernel(
    {
      name: "groupNorm",
      arrays: isAffine ? ["x", "weight", "bias"] : ["x"],
      ints: ["xAt", "groups", "perGroup", "inner", ...(isAffine ? ["wAt", "bAt"] : [])],
      floats: ["eps"],
      combines: ["sum"],
      row: `
    let base = params.xAt + row * params.n;
    let to = row * params.n;
    ${FIRST_CHANNEL}
    let terms = f32(params.n);
    var total = 0.0;
    for (var j = lane; j < size; j += lanes) { total += x[base + j]; }
    let rough = sumOf(total, t, lane) / terms;
    var distance = 0.0;
    var square = 0.0;
    for (var j = lane; j < size; j += lanes) {
      let d = x[base + j] - rough;
      distance += d;
      square += d * d;
    }
    let further = sumOf(distance, t, lane) / terms;
    let mean = rough + further;
    let variance = max(sumOf(square, t, lane) / terms - further * further, 0.0);
    let rstd = 1.0 / sqrt(variance + params.eps);
    for (var j = lane; j < size; j += lanes) {
      let z = (x[base + j] - mean) * rstd;
      ${
        isAffine
          ? `let c = ${channelOf(spread)};
      result[to + j] = z * weight[params.wAt + c] + bias[params.bAt + c];`
          : "result[to + j] = z;"
      }
    }
    if (lane == 0 && size > 0) {
      result[params.rows * params.n + row] = mean;
      result[params.rows * params.n + params.rows + row] = rstd;
    }`,
    },
    Number(threads) as Threads,
  );
});

/** Ints: place of x, groups of a sample, channels of a group, elements of a plane, places of weight and bias. Float: eps. */
export function rowGroupNormKernel(affinity: Affinity, spread: Spread, threads: Threads): GpuKernel {
  return groupNorms(`${affinity}:${spread}:${threads}`);
}

/** rstd·(h − (Σ h + z·Σ h·z)/n) of every group, where h is the gradient times the weight. */
const groupNormGrads = kernelTable((key: `${Affinity}:${Spread}:${Threads}`): GpuKernel => {
  const [affinity, spread, threads] = key.split(":") as [Affinity, Spread, string];
  const isAffine = affinity === "affine";
  const h = `g[gBase + j]${isAffine ? ` * weight[params.wAt + ${channelOf(spread)}]` : ""}`;
  return rowKernel(
    {
      name: "groupNormGrad",
      arrays: ["g", "x", "mean", "rstd", ...(isAffine ? ["weight"] : [])],
      ints: ["gAt", "xAt", "mAt", "rAt", "groups", "perGroup", "inner", ...(isAffine ? ["wAt"] : [])],
      combines: ["sum"],
      row: `
    let gBase = params.gAt + row * params.n;
    let base = params.xAt + row * params.n;
    let to = row * params.n;
    ${FIRST_CHANNEL}
    let inside = min(row, params.rows - 1);
    let middle = mean[params.mAt + inside];
    let scale = rstd[params.rAt + inside];
    var plain = 0.0;
    var product = 0.0;
    for (var j = lane; j < size; j += lanes) {
      let h = ${h};
      plain += h;
      product += h * ((x[base + j] - middle) * scale);
    }
    let plainShare = sumOf(plain, t, lane) / f32(params.n);
    let productShare = sumOf(product, t, lane) / f32(params.n);
    for (var j = lane; j < size; j += lanes) {
      let z = (x[base + j] - middle) * scale;
      result[to + j] = scale * (${h} - plainShare - z * productShare);
    }`,
    },
    Number(threads) as Threads,
  );
});

/** Ints: places of g, x, mean, rstd, groups of a sample, channels of a group, elements of a plane, place of the weight. */
export function rowGroupNormGradKernel(affinity: Affinity, spread: Spread, threads: Threads): GpuKernel {
  return groupNormGrads(`${affinity}:${spread}:${threads}`);
}

/** A row is a channel in a part of the samples; its elements are `n` to a sample. */
const CHANNEL_PART = `
    let part = quotient(row, params.channels);
    let c = row - part * params.channels;
    let sample0 = part * params.share;
    let samples = select(0, min(params.share, params.samples - sample0), size > 0);
    let terms = f32(samples * params.n);`;

/** Ints of the kernels that go through the elements of channels. */
const CHANNEL_INTS = ["xAt", "channels", "samples", "share"];

function eachElement(act: string): string {
  return `for (var sample = 0; sample < samples; sample++) {
      let base = ((sample0 + sample) * params.channels + c) * params.n;
      for (var j = lane; j < size; j += lanes) { ${act} }
    }`;
}

/** The mean and the variance of every channel in every part: all means, then all variances. */
export const channelStatisticsKernel = kernelTable(
  (threads: `${Threads}`): GpuKernel =>
    rowKernel(
      {
        name: "batchNorm statistics",
        arrays: ["x"],
        ints: CHANNEL_INTS,
        combines: ["sum"],
        row: `${CHANNEL_PART}
    var total = 0.0;
    ${eachElement("total += x[params.xAt + base + j];")}
    let rough = sumOf(total, t, lane) / terms;
    var distance = 0.0;
    var square = 0.0;
    ${eachElement("let d = x[params.xAt + base + j] - rough; distance += d; square += d * d;")}
    let further = sumOf(distance, t, lane) / terms;
    let mean = rough + further;
    let variance = max(sumOf(square, t, lane) / terms - further * further, 0.0);
    if (lane == 0 && size > 0) {
      result[row] = mean;
      result[params.rows + row] = variance;
    }`,
      },
      Number(threads) as Threads,
    ),
);

/** The statistics of channels from those of their parts, by their sizes. A row is a channel. */
export const mergedStatisticsKernel = kernelTable(
  (threads: `${Threads}`): GpuKernel =>
    rowKernel(
      {
        name: "batchNorm statistics",
        arrays: ["found"],
        ints: ["parts", "samples", "share"],
        combines: [],
        row: `
    if (size > 0) {
      var mean = 0.0;
      for (var p = 0; p < params.parts; p++) {
        let part = f32(min(params.share, params.samples - p * params.share)) / f32(params.samples);
        mean += part * found[p * params.rows + row];
      }
      var variance = 0.0;
      for (var p = 0; p < params.parts; p++) {
        let part = f32(min(params.share, params.samples - p * params.share)) / f32(params.samples);
        let d = found[p * params.rows + row] - mean;
        variance += part * (found[(params.parts + p) * params.rows + row] + d * d);
      }
      result[row] = mean;
      result[params.rows + row] = variance;
    }`,
      },
      Number(threads) as Threads,
    ),
);

/** What is known of a set: 1/√(variance + eps), or the variance. */
export type Width = "rstd" | "variance";

function scaleOf(width: Width, at: string): string {
  return width === "rstd" ? `width[params.wdAt + ${at}]` : `(1.0 / sqrt(width[params.wdAt + ${at}] + params.eps))`;
}

/** Σ g·z of every channel in every part, then Σ g of every channel in every part. */
const channelGrads = kernelTable((key: `${Width}:${Threads}`): GpuKernel => {
  const [width, threads] = key.split(":") as [Width, string];
  return rowKernel(
    {
      name: "normalizeGrad",
      arrays: ["g", "x", "mean", "width"],
      ints: [...CHANNEL_INTS, "gAt", "mAt", "wdAt", "sets", "perSet"],
      floats: ["eps"],
      combines: ["sum"],
      row: `${CHANNEL_PART}
    var product = 0.0;
    var plain = 0.0;
    for (var sample = 0; sample < samples; sample++) {
      let base = ((sample0 + sample) * params.channels + c) * params.n;
      let s = (sample0 + sample) * params.sets + quotient(c, params.perSet);
      let middle = mean[params.mAt + s];
      let scale = ${scaleOf(width, "s")};
      for (var j = lane; j < size; j += lanes) {
        let h = g[params.gAt + base + j];
        plain += h;
        product += h * ((x[params.xAt + base + j] - middle) * scale);
      }
    }
    let products = sumOf(product, t, lane);
    let plains = sumOf(plain, t, lane);
    if (lane == 0 && size > 0) {
      result[row] = products;
      result[params.rows + row] = plains;
    }`,
    },
    Number(threads) as Threads,
  );
});

/**
 * Ints: place of x, channels, samples, samples of a part, places of g, of the means and of the widths, sets of a sample (0
 * where all samples share them), channels of a set. Float: eps.
 */
export function channelGradKernel(width: Width, threads: Threads): GpuKernel {
  return channelGrads(`${width}:${threads}`);
}

/** (x − mean)/√(variance + eps)·weight + bias; a row is a channel of a sample. */
const batchNorms = kernelTable((key: `${Affinity}:${Threads}`): GpuKernel => {
  const [affinity, threads] = key.split(":") as [Affinity, string];
  const isAffine = affinity === "affine";
  return rowKernel(
    {
      name: "batchNorm",
      arrays: ["x", "mean", "width", ...(isAffine ? ["weight", "bias"] : [])],
      ints: ["xAt", "channels", "mAt", "wdAt", ...(isAffine ? ["wAt", "bAt"] : [])],
      floats: ["eps"],
      combines: [],
      row: `
    let c = remainder(row, params.channels);
    let base = row * params.n;
    let middle = mean[params.mAt + c];
    let scale = ${scaleOf("variance", "c")};
    ${isAffine ? "let w = weight[params.wAt + c]; let b = bias[params.bAt + c];" : ""}
    for (var j = lane; j < size; j += lanes) {
      let z = (x[params.xAt + base + j] - middle) * scale;
      result[base + j] = ${isAffine ? "z * w + b" : "z"};
    }`,
    },
    Number(threads) as Threads,
  );
});

/** Ints: place of x, channels, places of the statistics, of weight and bias. Float: eps. */
export function rowBatchNormKernel(affinity: Affinity, threads: Threads): GpuKernel {
  return batchNorms(`${affinity}:${threads}`);
}

/** rstd·weight·(g − (Σ g + z·Σ g·z)/terms), or rstd·weight·g where the statistics were given; a row is a channel of a sample. */
const batchNormGrads = kernelTable((key: `${Affinity}:${"own" | "given"}:${Threads}`): GpuKernel => {
  const [affinity, statistics, threads] = key.split(":") as [Affinity, "own" | "given", string];
  const isOwn = statistics === "own";
  const isAffine = affinity === "affine";
  return rowKernel(
    {
      name: "batchNormGrad",
      arrays: ["g", ...(isOwn ? ["x", "mean", "sums"] : []), "width", ...(isAffine ? ["weight"] : [])],
      ints: ["channels", "gAt", ...(isOwn ? ["xAt", "mAt"] : []), "wdAt", ...(isAffine ? ["wAt"] : [])],
      floats: ["eps", ...(isOwn ? ["terms"] : [])],
      combines: [],
      row: `
    let c = remainder(row, params.channels);
    let base = row * params.n;
    let scale = ${scaleOf("variance", "c")};
    let factor = scale${isAffine ? " * weight[params.wAt + c]" : ""};
    ${
      isOwn
        ? `let middle = mean[params.mAt + c];
    let productShare = sums[c] / params.terms;
    let plainShare = sums[params.channels + c] / params.terms;`
        : ""
    }
    for (var j = lane; j < size; j += lanes) {
      let h = g[params.gAt + base + j];
      result[base + j] = factor * ${
        isOwn ? "(h - plainShare - (x[params.xAt + base + j] - middle) * scale * productShare)" : "h"
      };
    }`,
    },
    Number(threads) as Threads,
  );
});

/** Ints: channels, places of g, x, mean, variance and weight, of those there are. Floats: eps, number of terms. */
export function rowBatchNormGradKernel(affinity: Affinity, statistics: "own" | "given", threads: Threads): GpuKernel {
  return batchNormGrads(`${affinity}:${statistics}:${threads}`);
}
