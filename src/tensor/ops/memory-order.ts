/** @file Element-wise results lie in memory as their operands do, as PyTorch's `TensorIterator` has it. */
import type { Backend, DType, NDArray } from "../../../kernels/backend.ts";
import type { ElementwiseName } from "../../../kernels/ir/elementwise.ts";
import { broadcastStrides, isContiguous, sameShape } from "../../../kernels/layout.ts";

/**
 * The dimensions of a shape by the step in memory with which operands go along them, the largest first. The first operand
 * that moves along two dimensions decides about them; a step of 0 says nothing. `TensorIterator`'s order.
 */
export function memoryOrder(shape: readonly number[], strides: readonly (readonly number[])[]): number[] {
  const order = [...shape.keys()].reverse();
  for (let i = 1; i < order.length; i++) {
    let at = i;
    for (let before = i - 1; before >= 0; before--) {
      const comparison = compare(order[before] as number, order[at] as number);
      if (comparison < 0) break;
      if (comparison === 0) continue;
      [order[before], order[at]] = [order[at] as number, order[before] as number];
      at = before;
    }
  }
  return order.reverse();

  function compare(a: number, b: number): number {
    for (const own of strides) {
      const [left, right] = [own[a] as number, own[b] as number];
      if (left === 0 || right === 0) continue;
      if (left !== right) return left - right;
      if ((shape[a] as number) > (shape[b] as number)) return 1;
    }
    return 0;
  }
}

/** The order in which an operation on operands that broadcast to `shape` goes through memory; null for row-major. */
function orderOf(shape: readonly number[], operands: readonly NDArray[]): readonly number[] | null {
  let isRowMajor = true;
  for (let i = 0; i < operands.length; i++) {
    const { shape: own, strides } = operands[i] as NDArray;
    if (!isContiguous(own, strides)) isRowMajor = false;
  }
  if (isRowMajor) return null;
  const order = memoryOrder(
    shape,
    operands.map((x) => broadcastStrides(x.shape, x.strides, shape)),
  );
  return order.every((d, i) => d === i) ? null : order;
}

/** A view with its dimensions in another order, of which it may lack the first. */
function inOrder(x: NDArray, order: readonly number[]): NDArray {
  const lead = order.length - x.shape.length;
  return {
    ...x,
    shape: order.map((d) => (d < lead ? 1 : (x.shape[d - lead] as number))),
    strides: order.map((d) => (d < lead ? 0 : (x.strides[d - lead] as number))),
  };
}

/**
 * A result whose dimensions are in an order, as one of `shape`. Where all operands lie without gaps and with the same
 * strides, these are those of the result, also along dimensions of size 1, where it makes no difference; none are given
 * for a result whose strides are new.
 */
function outOfOrder(
  result: NDArray,
  order: readonly number[],
  shape: readonly number[],
  operands: readonly NDArray[],
): NDArray {
  const [first] = operands;
  if (
    first !== undefined &&
    operands.every((x) => sameShape(x.shape, shape) && sameShape(x.strides, first.strides)) &&
    isContiguous(result.shape, inOrder(first, order).strides)
  ) {
    return { ...result, shape, strides: first.strides };
  }
  const strides = new Array<number>(order.length);
  for (let i = 0; i < order.length; i++) strides[order[i] as number] = result.strides[i] as number;
  return { ...result, shape, strides };
}

/** Images with their channels last in memory, which PyTorch looks for before it compares strides. */
const CHANNELS_LAST = [0, 2, 3, 1] as const;

function areChannelsLast(shape: readonly number[], operands: readonly NDArray[]): boolean {
  return (
    shape.length === 4 &&
    operands.every((x) => {
      if (!sameShape(x.shape, shape)) return false;
      const images = inOrder(x, CHANNELS_LAST);
      return isContiguous(images.shape, images.strides);
    })
  );
}

/** {@link Backend.map}, whose result lies in memory as the inputs do; `out` keeps its place. */
export function mapInOrder(
  k: Backend,
  name: ElementwiseName,
  inputs: readonly NDArray[],
  shape: readonly number[],
  scalars?: readonly number[],
  out?: NDArray,
): NDArray {
  const found = orderOf(shape, out === undefined ? inputs : [out, ...inputs]);
  if (found === null) return k.map(name, inputs, shape, scalars, out);
  const isImages = out === undefined && areChannelsLast(shape, inputs);
  const order = isImages ? CHANNELS_LAST : found;
  const sizes = order.map((d) => shape[d] as number);
  const ordered = inputs.map((x) => inOrder(x, order));
  if (out === undefined) {
    const result = k.map(name, ordered, sizes, scalars);
    return outOfOrder(result, order, shape, isImages ? [] : inputs);
  }
  k.map(name, ordered, sizes, scalars, inOrder(out, order));
  return out;
}

/** {@link Backend.cast}, whose result lies in memory as x does. */
export function castInOrder(k: Backend, x: NDArray, dtype: DType): NDArray {
  const order = orderOf(x.shape, [x]);
  return order === null ? k.cast(x, dtype) : outOfOrder(k.cast(inOrder(x, order), dtype), order, x.shape, [x]);
}
