/** @file The definition of an operation: forward with its shape rule, and gradient. */
import type { Backend, NDArray, WholeRun } from "../../kernels/backend.ts";
import type { Tensor } from "../tensor/tensor.ts";

/** A gradient for each input, in their order; null where there is none. */
export type Gradients = readonly (Tensor | null)[];

/** Runs an operation on tensors of one device, and records it if a gradient may be asked for. */
export type Apply = <In extends readonly NDArray[], P>(
  op: Op<In, P>,
  inputs: readonly Tensor[] & In,
  params: P,
) => Tensor;

/** The context of a gradient formula. */
export interface BackwardContext<P> {
  readonly params: P;
  /** Whether input `i` needs a gradient. */
  needs(i: number): boolean;
  /** Input `i`, if the operation's `saved` lists it. Throws a GraphError if it was changed in place since. */
  input(i: number): Tensor;
  /** The result, if the operation's `saved` lists {@link OUTPUT}. */
  output(): Tensor;
  /** The `i`-th array that the forward pass put aside. */
  intermediate(i: number): Tensor;
  /** Shape of input `i`. */
  shape(i: number): readonly number[];
}

/** In {@link Op.saved}: the gradient needs the operation's own result. */
export const OUTPUT = -1;

/**
 * An operation. `In` are its inputs, `P` its other arguments.
 * At run time a definition knows kernels only; gradients are written with the methods of the tensors they get, and with
 * `apply` for operations that are no method, so they are differentiable themselves.
 */
export interface Op<In extends readonly NDArray[], P> {
  /** Name in error messages: `add`. */
  readonly name: string;
  /** Name of the node in PyTorch, e.g. `AddBackward0`. */
  readonly gradName: string;
  /**
   * Checks shapes and computes. `savedIntermediates` takes arrays that the gradient will need and that nobody else sees;
   * `out`, given by in-place forms, is where an element-wise operation writes.
   */
  forward(k: Backend, inputs: In, params: P, savedIntermediates: NDArray[], out?: NDArray): NDArray;
  /** Gradients for the inputs. The engine sums away what broadcasting repeated. Absent: not differentiable. */
  readonly backward?: (grad: Tensor, ctx: BackwardContext<P>, apply: Apply) => Gradients;
  /** For each input: which inputs (or {@link OUTPUT}) its gradient looks at. Absent: none. */
  readonly saved?: readonly (readonly number[])[];
  /** The result is a window on the first input's storage. */
  readonly view?: boolean;
  /**
   * A view that may leave out elements. Its gradient can be added to the same view of a gradient of the input that already
   * waits, so that the parts of a tensor do not each make a gradient of full size.
   */
  readonly partial?: boolean;
  /**
   * Computed on the host from the inputs' numbers, on which no shape depends. A program runs its forward as a whole.
   */
  readonly host?: boolean;
}

/** Fixes the types of a definition. */
export function defineOp<In extends readonly NDArray[], P = null>(op: Op<In, P>): Op<In, P> {
  if (op.host !== true) return op;
  const { forward } = op;
  return {
    ...op,
    forward(k, inputs, params, savedIntermediates, out) {
      if (k.whole === undefined || out !== undefined) return forward(k, inputs, params, savedIntermediates, out);
      const run: WholeRun = (inner, arrays, saved) => forward(inner, arrays as In, params, saved);
      return k.whole(inputs, savedIntermediates, run);
    },
  };
}
