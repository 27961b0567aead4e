/** @file The public functions of tensors: `add(a, b)` for `a.add(b)`. */

export { at, type Index, indexPut, newaxis, type SliceIndex, setAt } from "./functions/advanced-indexing.ts";
export {
  absolute,
  arccos,
  arcsin,
  arctan,
  clip,
  concat,
  divide,
  fix,
  ger,
  greater,
  greaterEqual,
  less,
  lessEqual,
  moveaxis,
  multiply,
  negative,
  notEqual,
  subtract,
  swapdims,
  trapz,
  trueDivide,
} from "./functions/aliases.ts";
export {
  add,
  atan2,
  copysign,
  div,
  floorDivide,
  fmod,
  heaviside,
  hypot,
  ldexp,
  logaddexp,
  logaddexp2,
  maximum,
  minimum,
  mul,
  pow,
  remainder,
  square,
  sub,
  xlogy,
} from "./functions/arithmetic.ts";
export { bitwiseAnd, bitwiseNot, bitwiseOr, bitwiseXor } from "./functions/bitwise.ts";
export { cumulativeTrapezoid, gradient, trapezoid } from "./functions/calculus.ts";
export {
  allclose,
  eq,
  equal,
  ge,
  gt,
  isclose,
  isfinite,
  isinf,
  isnan,
  isneginf,
  isposinf,
  le,
  logicalAnd,
  logicalNot,
  logicalOr,
  logicalXor,
  lt,
  ne,
  signbit,
} from "./functions/comparison.ts";
export { clone, detach, isFloatingPoint, numel } from "./functions/convert.ts";
export { diag, diagEmbed, diagflat, diagonal, diff, trace } from "./functions/diagonals.ts";
export { cdist, dist, renorm } from "./functions/distances.ts";
export { einsum } from "./functions/einsum.ts";
export {
  addcdiv,
  addcmul,
  clamp,
  clampMax,
  clampMin,
  lerp,
  maskedFill,
  nanToNum,
  where,
} from "./functions/elementwise.ts";
export {
  argsort,
  gather,
  indexSelect,
  oneHot,
  scatter,
  scatterAdd,
  scatterReduce,
  sort,
  topk,
} from "./functions/gather-scatter.ts";
export { indexAdd, indexCopy, indexFill, maskedScatter, put } from "./functions/indexed-writes.ts";
export {
  blockDiag,
  cartesianProd,
  columnStack,
  combinations,
  dstack,
  hstack,
  rowStack,
  vstack,
} from "./functions/joining.ts";
export { bmm, dot, matmul, mm } from "./functions/matmul.ts";
export {
  atleast1d,
  atleast2d,
  atleast3d,
  broadcastTensors,
  fliplr,
  flipud,
  meshgrid,
  movedim,
  narrowCopy,
  repeat,
  rot90,
  tile,
} from "./functions/movement.ts";
export { nanmean, nanmedian, nanquantile, nansum } from "./functions/nan-statistics.ts";
export * from "./functions/pointwise.ts";
export {
  addbmm,
  addmm,
  addmv,
  addr,
  baddbmm,
  chainMatmul,
  cross,
  inner,
  kron,
  mv,
  outer,
  tensordot,
  vander,
  vdot,
} from "./functions/products.ts";
export {
  all,
  amax,
  amin,
  aminmax,
  any,
  argmax,
  argmin,
  cumprod,
  cumsum,
  logSoftmax,
  logsumexp,
  max,
  mean,
  min,
  norm,
  prod,
  softmax,
  std,
  stdMean,
  sum,
  var,
  varMean,
} from "./functions/reduction.ts";
export { cummax, cummin, logcumsumexp } from "./functions/scans.ts";
export { argwhere, bucketize, isin, msort, ravel, searchsorted, uniqueConsecutive } from "./functions/searching.ts";
export {
  bincount,
  countNonzero,
  maskedSelect,
  nonzero,
  repeatInterleave,
  take,
  takeAlongDim,
  unique,
} from "./functions/selection.ts";
export {
  broadcastTo,
  cat,
  chunk,
  flatten,
  flip,
  narrow,
  pad,
  permute,
  reshape,
  roll,
  select,
  split,
  squeeze,
  stack,
  swapaxes,
  t,
  transpose,
  tril,
  triu,
  unbind,
  unflatten,
  unfold,
  unsqueeze,
} from "./functions/shape.ts";
export { floatPower, gcd, isreal, lcm, mvlgamma, nextafter, polygamma, sgn } from "./functions/special.ts";
export { dsplit, hsplit, tensorSplit, vsplit } from "./functions/splitting.ts";
export { corrcoef, cov, histc, histogram, kthvalue, median, mode, quantile } from "./functions/statistics.ts";
