/**
 * @file Group, batch and RMS normalization as plain loops over arrays [N,C,S]. Sums are formed in double precision.
 *
 * The first two have sets of elements that share a mean and a variance: a sample's group of channels, or a channel of all samples.
 */
import type { Backend, FusedOps, NDArray, NormGrads, Storage, TypedArray } from "../backend.ts";
import { emptyArray, sizeOf } from "../layout.ts";

type Normalizations = Pick<
  FusedOps,
  "groupNorm" | "groupNormGrad" | "batchNorm" | "batchNormGrad" | "rmsNorm" | "rmsNormGrad"
>;

/** The set and the channel of each element. */
interface Sets {
  readonly count: number;
  setOf(i: number): number;
  channelOf(i: number): number;
}

function groupsOf(x: NDArray, groups: number): Sets {
  const [samples, channels, inner] = x.shape as [number, number, number];
  const size = (channels / groups) * inner;
  return {
    count: samples * groups,
    setOf: (i) => Math.floor(i / size),
    channelOf: (i) => Math.floor(i / inner) % channels,
  };
}

function channelsOf(x: NDArray): Sets {
  const [, channels, inner] = x.shape as [number, number, number];
  const channelOf = (i: number): number => Math.floor(i / inner) % channels;
  return { count: channels, setOf: channelOf, channelOf };
}

/** Element i of a contiguous array, or one number for all. */
type Elements = (i: number) => number;

/** The normalizations of a backend whose storages `view` shows as host arrays. */
export function normalizationLoops(backend: Backend, view: (storage: Storage) => TypedArray): Normalizations {
  const elements = (x: NDArray | null, otherwise = 0): Elements => {
    if (x === null) return () => otherwise;
    const data = view(x.storage);
    return (i) => data[x.offset + i]!;
  };
  const like = (x: NDArray, ...shape: readonly number[]): NDArray => emptyArray(backend, x.dtype, shape);

  const rootsOf = (variance: NDArray, eps: number): Elements => {
    const spread = elements(variance);
    return (i) => 1 / Math.sqrt(spread(i) + eps);
  };

  function moments(x: NDArray, { count, setOf }: Sets): { mean: NDArray; variance: NDArray } {
    const [mean, variance] = [like(x, count), like(x, count)];
    const [from, means, variances] = [elements(x), view(mean.storage), view(variance.storage)];
    const n = sizeOf(x.shape);
    const totals = new Float64Array(count);
    for (let i = 0; i < n; i++) totals[setOf(i)]! += from(i);
    for (let s = 0; s < count; s++) means[s] = totals[s]! / (n / count);
    totals.fill(0);
    for (let i = 0; i < n; i++) totals[setOf(i)]! += (from(i) - means[setOf(i)]!) ** 2;
    for (let s = 0; s < count; s++) variances[s] = totals[s]! / (n / count);
    return { mean, variance };
  }

  /** x becomes (x − mean)·rstd·weight + bias in y. */
  function normalize(
    y: NDArray,
    x: NDArray,
    sets: Sets,
    mean: Elements,
    rstd: Elements,
    affine: readonly Elements[],
  ): void {
    const [from, to] = [elements(x), view(y.storage)];
    const [weight, bias] = affine as [Elements, Elements];
    const n = sizeOf(x.shape);
    for (let i = 0; i < n; i++) {
      const [s, c] = [sets.setOf(i), sets.channelOf(i)];
      to[i] = (from(i) - mean(s)) * rstd(s) * weight(c) + bias(c);
    }
  }

  function grads(
    grad: NDArray,
    x: NDArray,
    sets: Sets,
    means: NDArray,
    rstdOf: () => Elements,
    w: NDArray | null,
    given = false,
  ): NormGrads {
    const channels = x.shape[1]!;
    const [input, weight, bias] = [like(x, ...x.shape), like(x, channels), like(x, channels)];
    // Views are taken after the allocations.
    const [g, from, scale, mean, rstd] = [elements(grad), elements(x), elements(w, 1), elements(means), rstdOf()];
    const [forWeight, forBias] = [new Float64Array(channels), new Float64Array(channels)];
    const [plain, product] = [new Float64Array(sets.count), new Float64Array(sets.count)];
    const n = sizeOf(x.shape);
    for (let i = 0; i < n; i++) {
      const [s, c] = [sets.setOf(i), sets.channelOf(i)];
      const z = (from(i) - mean(s)) * rstd(s);
      forWeight[c]! += g(i) * z;
      forBias[c]! += g(i);
      plain[s]! += g(i) * scale(c);
      product[s]! += g(i) * scale(c) * z;
    }
    const terms = n / sets.count;
    const to = view(input.storage);
    for (let i = 0; i < n; i++) {
      const [s, c] = [sets.setOf(i), sets.channelOf(i)];
      const z = (from(i) - mean(s)) * rstd(s);
      const ofStatistics = given ? 0 : (plain[s]! + z * product[s]!) / terms;
      to[i] = rstd(s) * (g(i) * scale(c) - ofStatistics);
    }
    view(weight.storage).set(forWeight);
    view(bias.storage).set(forBias);
    return { input, weight, bias };
  }

  return {
    groupNorm(x, weight, bias, groups, eps) {
      const sets = groupsOf(x, groups);
      const { mean, variance: rstd } = moments(x, sets);
      const y = like(x, ...x.shape);
      const rstds = view(rstd.storage);
      for (let s = 0; s < sets.count; s++) rstds[s] = 1 / Math.sqrt(rstds[s]! + eps);
      normalize(y, x, sets, elements(mean), elements(rstd), [elements(weight, 1), elements(bias)]);
      return { y, mean, rstd };
    },
    groupNormGrad: (grad, x, mean, rstd, weight, groups) =>
      grads(grad, x, groupsOf(x, groups), mean, () => elements(rstd), weight),
    batchNorm(x, weight, bias, given, eps) {
      const statistics = given ?? moments(x, channelsOf(x));
      const y = like(x, ...x.shape);
      const affine = [elements(weight, 1), elements(bias)];
      normalize(y, x, channelsOf(x), elements(statistics.mean), rootsOf(statistics.variance, eps), affine);
      return { y, statistics };
    },
    batchNormGrad: (grad, x, { mean, variance }, weight, eps, given) =>
      grads(grad, x, channelsOf(x), mean, () => rootsOf(variance, eps), weight, given),
    rmsNorm(x, weight, eps) {
      const [rows, n] = x.shape as [number, number];
      const [y, rstd] = [like(x, rows, n), like(x, rows)];
      const [from, scale, to, roots] = [elements(x), elements(weight, 1), view(y.storage), view(rstd.storage)];
      for (let r = 0; r < rows; r++) {
        let sum = 0;
        for (let i = 0; i < n; i++) sum += from(r * n + i) ** 2;
        roots[r] = 1 / Math.sqrt(sum / n + eps);
        for (let i = 0; i < n; i++) to[r * n + i] = from(r * n + i) * roots[r]! * scale(i);
      }
      return { y, rstd };
    },
    rmsNormGrad(grad, x, rstd, weight) {
      const [rows, n] = x.shape as [number, number];
      const [input, forWeight] = [like(x, rows, n), like(x, n)];
      const [g, from, roots, scale] = [elements(grad), elements(x), elements(rstd), elements(weight, 1)];
      const [to, sums] = [view(input.storage), new Float64Array(n)];
      for (let r = 0; r < rows; r++) {
        let dot = 0;
        for (let i = 0; i < n; i++) {
          dot += g(r * n + i) * scale(i) * from(r * n + i);
          sums[i]! += g(r * n + i) * from(r * n + i) * roots(r);
        }
        const shift = (dot / n) * roots(r) ** 3;
        for (let i = 0; i < n; i++) to[r * n + i] = g(r * n + i) * scale(i) * roots(r) - from(r * n + i) * shift;
      }
      view(forWeight.storage).set(sums);
      return { input, weight: forWeight };
    },
  };
}
