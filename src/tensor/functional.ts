/** @file The public functions of tensors: `add(a, b)` for `a.add(b)`. */

export { at, type Index, indexPut, newaxis, type SliceIndex, setAt } from "./functions/advanced-indexing.ts";
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
export { diag, diagonal, diff, trace } from "./functions/diagonals.ts";
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
export { bmm, dot, matmul, mm } from "./functions/matmul.ts";
export {
  broadcastTensors,
  fliplr,
  flipud,
  hstack,
  meshgrid,
  movedim,
  repeat,
  rot90,
  tile,
  vstack,
} from "./functions/movement.ts";
export * from "./functions/pointwise.ts";
export { addmm, cross, outer } from "./functions/products.ts";
export {
  all,
  amax,
  amin,
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
  sum,
  var,
} from "./functions/reduction.ts";
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
export { histc, kthvalue, median, quantile } from "./functions/statistics.ts";
