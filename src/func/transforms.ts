/**
 * @file The transforms of `func`: functions that return derivatives of functions. They nest in each other and in `vmap`.
 */
import { keyword, optional, required, signature } from "../core/arguments.ts";
import { ShapeError, ValueError } from "../core/errors.ts";
import { aBoolean, aFunction, anInteger, either, integers, nullable } from "../core/kinds.ts";
import { isRecord } from "../core/realm.ts";
import { bracketed } from "../core/shape.ts";
import { eye } from "../tensor/create.ts";
import type { Tensor } from "../tensor/tensor.ts";
import {
  type Argnums,
  linearize,
  perArgument,
  positionsOf,
  pullBack,
  type Recorded,
  record,
  resultOf,
  vectorsOf,
} from "./derivatives.ts";
import { mapTensors } from "./pytree.ts";
import { vmap } from "./vmap/vmap.ts";

type AnyFunction<A extends readonly unknown[]> = (...args: A) => unknown;

/** The derivative of a scalar for one argument, which has the structure of that argument, or for several. */
export type Gradient<A extends readonly unknown[], N> = N extends readonly number[]
  ? { -readonly [I in keyof N]: A[N[I] & keyof A] }
  : A[N & keyof A];

/** The options of {@link grad} and {@link gradAndValue}. */
export interface GradTransformOptions {
  /** The argument to differentiate with respect to, or several of them. Default: 0. */
  readonly argnums?: Argnums | undefined;
  /** The function returns `[output, aux]`: aux is given back with the gradient. Default: false. */
  readonly hasAux?: boolean | undefined;
}

const anArgnum = either(anInteger, integers, "an integer or a list of integers");

function transformSignature(op: string) {
  return signature(op, {
    func: required(aFunction),
    argnums: optional(anArgnum, 0),
    hasAux: optional(aBoolean, false),
  });
}

const GRAD = transformSignature("grad");
const GRAD_AND_VALUE = transformSignature("gradAndValue");

/**
 * Makes a function that computes the gradient of `func`, which returns a tensor of shape [], with respect to its argument
 * `argnums`: a tensor, or arrays and objects of tensors. The gradient has the structure of that argument.
 *
 * `grad(grad(f))` is a second derivative, `vmap(grad(f), …)` a gradient for each sample. A history of the arguments
 * outside of the transform is kept, so results can be differentiated further.
 *
 * @throws ShapeError unless `func` returns one element of shape [].
 * @example
 * const cube = (x: Tensor) => x.pow(3);
 * func.grad(cube)(tensor(2)); // tensor(12.)
 * func.grad(func.grad(cube))(tensor(2)); // tensor(12.)
 */
export function grad<A extends readonly unknown[], const N extends Argnums = 0>(
  func: AnyFunction<A>,
  argnums: N,
  hasAux: true,
): (...args: A) => [gradient: Gradient<A, N>, aux: unknown];
export function grad<A extends readonly unknown[], const N extends Argnums = 0>(
  func: AnyFunction<A>,
  options: { readonly argnums?: N; readonly hasAux: true },
): (...args: A) => [gradient: Gradient<A, N>, aux: unknown];
export function grad<A extends readonly unknown[], const N extends Argnums = 0>(
  func: AnyFunction<A>,
  argnums?: N | { readonly argnums?: N; readonly hasAux?: false },
): (...args: A) => Gradient<A, N>;
export function grad(...given: readonly unknown[]): (...args: unknown[]) => unknown {
  const { func, argnums, hasAux } = GRAD.read(given);
  return (...args) => {
    const { gradient, aux } = gradientOf("grad", func, argnums, hasAux, args);
    return hasAux ? [gradient, aux] : gradient;
  };
}

/**
 * {@link grad}, which also gives the value of the function: `[gradient, value]`, or `[gradient, [value, aux]]` with
 * `hasAux`.
 *
 * @example
 * func.gradAndValue((x: Tensor) => x.square().sum())(tensor([1, 2])); // [tensor([2., 4.]), tensor(5.)]
 */
export function gradAndValue<A extends readonly unknown[], const N extends Argnums = 0>(
  func: AnyFunction<A>,
  options: { readonly argnums?: N; readonly hasAux: true },
): (...args: A) => [gradient: Gradient<A, N>, value: [value: Tensor, aux: unknown]];
export function gradAndValue<A extends readonly unknown[], const N extends Argnums = 0>(
  func: AnyFunction<A>,
  argnums?: N | { readonly argnums?: N; readonly hasAux?: false },
): (...args: A) => [gradient: Gradient<A, N>, value: Tensor];
export function gradAndValue(...given: readonly unknown[]): (...args: unknown[]) => unknown {
  const { func, argnums, hasAux } = GRAD_AND_VALUE.read(given);
  return (...args) => {
    const { gradient, value, aux } = gradientOf("gradAndValue", func, argnums, hasAux, args);
    return [gradient, hasAux ? [value, aux] : value];
  };
}

function gradientOf(
  op: string,
  fn: (...args: readonly unknown[]) => unknown,
  argnums: Argnums,
  hasAux: boolean,
  args: readonly unknown[],
): { readonly gradient: unknown; readonly value: unknown; readonly aux: unknown } {
  const positions = positionsOf(op, argnums, args);
  const recorded = record(op, fn, args, positions, hasAux);
  const [output] = recorded.outputs;
  if (output === undefined || recorded.result !== output) {
    throw new ValueError(`[${op}] Expected the function to return a Tensor, got ${recorded.outputs.length} in a list`);
  }
  if (output.ndim !== 0) {
    throw new ShapeError(
      `[${op}] Expected the function to return a scalar tensor, got tensor with ${output.ndim} dims: ${bracketed(output.shape)}. Did you forget sum() or mean()?`,
    );
  }
  const grads = pullBack(recorded, undefined, false);
  return {
    gradient: perArgument(argnums, positions, args, grads),
    value: resultOf(recorded),
    aux: recorded.aux,
  };
}

/** The function that {@link vjp} returns: cotangents in the structure of the output, to gradients of the arguments. */
export type VjpFunction<A extends readonly unknown[], R> = (
  cotangents: R,
) => A extends readonly [infer Only] ? Only : { -readonly [I in keyof A]: A[I] };

/**
 * Calls `func` with `primals`, and returns its result and a function that computes vector-Jacobian products: for
 * cotangents of the structure of the result, the gradients of the primals (for one primal its gradient, for several an
 * array). It may be called often, and mapped: `vmap(vjpFn)` takes many cotangents at once.
 *
 * @param primals - Tensors, or arrays and objects of tensors. `{ hasAux: true }` may follow them: `func` then returns
 * `[output, aux]`, and aux comes third.
 * @example
 * const [y, vjpFn] = func.vjp((x: Tensor) => x.square(), tensor([1, 2]));
 * y; // tensor([1., 4.])
 * vjpFn(tensor([1, 10])); // tensor([ 2., 40.])
 */
export function vjp<A extends readonly unknown[], R>(
  func: (...args: A) => R,
  ...primals: A
): [output: R, vjpFn: VjpFunction<A, R>];
export function vjp<A extends readonly unknown[], R, Aux>(
  func: (...args: A) => readonly [output: R, aux: Aux],
  ...primals: [...primals: A, options: { readonly hasAux: true }]
): [output: R, vjpFn: VjpFunction<A, R>, aux: Aux];
export function vjp(fn: (...args: never[]) => unknown, ...given: readonly unknown[]): unknown[] {
  const last = given.at(-1);
  const hasOptions = isRecord(last) && typeof last.hasAux === "boolean" && Object.keys(last).length === 1;
  const hasAux = hasOptions && last.hasAux === true;
  const primals = hasOptions ? given.slice(0, -1) : given;
  const recorded = record("vjp", fn, primals, [...primals.keys()], hasAux);
  const vjpFn = (cotangents: unknown): unknown => {
    const vectors = vectorsOf("vjp", "cotangents", cotangents, recorded.outputs);
    const list = perArgument([...primals.keys()], [...primals.keys()], primals, pullBack(recorded, vectors, true));
    return primals.length === 1 ? (list as unknown[])[0] : list;
  };
  const result = resultOf(recorded);
  return hasAux ? [result, vjpFn, recorded.aux] : [result, vjpFn];
}

/**
 * Calls `func` with `primals`, and returns its result and the Jacobian-vector product: the derivative of the result in
 * the direction of `tangents`. It is computed by two backward passes (vᵀ·J is linear in v, so its derivative is J), which
 * is right for everything that has second derivatives.
 *
 * @param primals - The arguments of `func`.
 * @param tangents - A direction for each of them, of the same structure and shapes.
 * @example
 * func.jvp((x: Tensor) => x.square(), [tensor([1, 2])], [tensor([1, 10])]); // [tensor([1., 4.]), tensor([ 2., 40.])]
 */
export function jvp<A extends readonly unknown[], R>(
  func: (...args: A) => R,
  primals: readonly [...A],
  tangents: readonly [...A],
): [output: R, tangent: R];
export function jvp<A extends readonly unknown[], R, Aux>(
  func: (...args: A) => readonly [output: R, aux: Aux],
  primals: readonly [...A],
  tangents: readonly [...A],
  options: { readonly hasAux: true },
): [output: R, tangent: R, aux: Aux];
export function jvp(
  fn: (...args: never[]) => unknown,
  primals: readonly unknown[],
  tangents: readonly unknown[],
  options: { readonly hasAux?: boolean } = {},
): unknown[] {
  if (!Array.isArray(primals) || !Array.isArray(tangents)) {
    throw new ValueError(
      "[jvp] expected primals and tangents as arrays, with an entry for each argument of the function",
    );
  }
  const hasAux = options.hasAux === true;
  const recorded = record("jvp", fn, primals, [...primals.keys()], hasAux);
  const vectors = vectorsOf("jvp", "tangents", tangents, recorded.handles);
  const pushed = linearize(recorded).push(vectors);
  const tangent = mapTensors(recorded.result, (_, i) => pushed[i]);
  const result = resultOf(recorded);
  return hasAux ? [result, tangent, recorded.aux] : [result, tangent];
}

/** The options of {@link jacrev}, {@link jacfwd} and {@link hessian}. */
export interface JacobianTransformOptions<N extends Argnums = Argnums> {
  /** The argument to differentiate with respect to, or several of them. Default: 0. */
  readonly argnums?: N | undefined;
  /** Number of rows (jacrev) or columns (jacfwd) that are computed at a time, to limit the memory. Default: all. */
  readonly chunkSize?: number | null | undefined;
}

/** The structure of a result, with that of the arguments in place of each tensor. */
export type JacobianOf<R, G> = R extends Tensor ? G : { -readonly [K in keyof R]: JacobianOf<R[K], G> };

function jacobianSignature(op: string) {
  return signature(op, {
    func: required(aFunction),
    argnums: optional(anArgnum, 0),
    hasAux: optional(aBoolean, false),
    chunkSize: keyword(nullable(anInteger), null),
  });
}

const JACREV = jacobianSignature("jacrev");
const JACFWD = jacobianSignature("jacfwd");
const HESSIAN = signature("hessian", { func: required(aFunction), argnums: optional(anArgnum, 0) });

/**
 * Makes a function that computes the Jacobian of `func` with respect to its argument `argnums`, by one backward pass for
 * all elements of the output at once: `vmap` of {@link vjp}. For one output and one input a tensor of shape
 * [...output.shape, ...input.shape]; otherwise the structure of the output, with that of the argument in place of each
 * tensor. With `hasAux` the function returns `[output, aux]`, and the result is `[jacobian, aux]`.
 *
 * @example
 * func.jacrev((x: Tensor) => x.square())(tensor([1, 2]));
 * // tensor([[2., 0.],
 * //         [0., 4.]])
 */
export function jacrev<A extends readonly unknown[], R, Aux, const N extends Argnums = 0>(
  func: (...args: A) => readonly [output: R, aux: Aux],
  options: JacobianTransformOptions<N> & { readonly hasAux: true },
): (...args: A) => [jacobian: JacobianOf<R, Gradient<A, N>>, aux: Aux];
export function jacrev<A extends readonly unknown[], R, const N extends Argnums = 0>(
  func: (...args: A) => R,
  argnums?: N | (JacobianTransformOptions<N> & { readonly hasAux?: false }),
): (...args: A) => JacobianOf<R, Gradient<A, N>>;
export function jacrev(...given: readonly unknown[]): (...args: unknown[]) => unknown {
  const { func, argnums, hasAux, chunkSize } = JACREV.read(given);
  return (...args) => {
    const positions = positionsOf("jacrev", argnums, args);
    const recorded = record("jacrev", func, args, positions, hasAux);
    const { outputs, handles } = recorded;
    const rows = vmap((...cotangents: Tensor[]) => pullBack(recorded, cotangents, true), { chunkSize })(
      ...basisOf(outputs),
    );
    let start = 0;
    const perOutput = outputs.map((output) => {
      const count = output.numel();
      const blocks = handles.map((handle, i) =>
        (rows[i] as Tensor).narrow(0, start, count).reshape([...output.shape, ...handle.shape]),
      );
      start += count;
      return perArgument(argnums, positions, args, blocks);
    });
    return withAux(recorded, perOutput, hasAux);
  };
}

/**
 * {@link jacrev} column by column: all elements of the argument at once, `vmap` of {@link jvp}. It is the cheaper one
 * where there are more outputs than inputs.
 *
 * @example
 * func.jacfwd((x: Tensor) => x.square())(tensor([1, 2]));
 * // tensor([[2., 0.],
 * //         [0., 4.]])
 */
export function jacfwd<A extends readonly unknown[], R, Aux, const N extends Argnums = 0>(
  func: (...args: A) => readonly [output: R, aux: Aux],
  options: JacobianTransformOptions<N> & { readonly hasAux: true },
): (...args: A) => [jacobian: JacobianOf<R, Gradient<A, N>>, aux: Aux];
export function jacfwd<A extends readonly unknown[], R, const N extends Argnums = 0>(
  func: (...args: A) => R,
  argnums?: N | (JacobianTransformOptions<N> & { readonly hasAux?: false }),
): (...args: A) => JacobianOf<R, Gradient<A, N>>;
export function jacfwd(...given: readonly unknown[]): (...args: unknown[]) => unknown {
  const { func, argnums, hasAux, chunkSize } = JACFWD.read(given);
  return (...args) => {
    const positions = positionsOf("jacfwd", argnums, args);
    const recorded = record("jacfwd", func, args, positions, hasAux);
    const { outputs, handles } = recorded;
    const linear = linearize(recorded);
    const columns = vmap((...tangents: Tensor[]) => linear.push(tangents), { chunkSize })(...basisOf(handles));
    const perOutput = outputs.map((output, k) => {
      let start = 0;
      const blocks = handles.map((handle) => {
        const count = handle.numel();
        const block = (columns[k] as Tensor).narrow(0, start, count).movedim(0, -1);
        start += count;
        return block.reshape([...output.shape, ...handle.shape]);
      });
      return perArgument(argnums, positions, args, blocks);
    });
    return withAux(recorded, perOutput, hasAux);
  };
}

/**
 * Makes a function that computes the Hessian of `func` with respect to its argument `argnums`: {@link jacfwd} of
 * {@link jacrev}. For a function of one tensor that returns one element, of shape [...input.shape, ...input.shape].
 *
 * @example
 * func.hessian((x: Tensor) => x.pow(3).sum())(tensor([1, 2]));
 * // tensor([[ 6.,  0.],
 * //         [ 0., 12.]])
 */
export function hessian<A extends readonly unknown[], R, const N extends Argnums = 0>(
  func: (...args: A) => R,
  argnums?: N | { readonly argnums?: N | undefined },
): (...args: A) => JacobianOf<JacobianOf<R, Gradient<A, N>>, Gradient<A, N>> {
  const read = HESSIAN.read(argnums === undefined ? [func] : [func, argnums]);
  const options = { argnums: read.argnums as N };
  return jacfwd(jacrev<A, R, N>(func, options), options) as never;
}

/** One-hot tensors, one for each element of all of `like` together, in the first dimension. */
function basisOf(like: readonly Tensor[]): Tensor[] {
  const total = like.reduce((sum, t) => sum + t.numel(), 0);
  let start = 0;
  return like.map((t) => {
    const count = t.numel();
    const unit = eye(total, count, { dtype: t.dtype, device: t.device });
    const shifted = start === 0 ? unit : unit.roll(start, 0);
    start += count;
    return shifted.view([total, ...t.shape]);
  });
}

/** Jacobians in the structure of the function's result. */
function withAux(recorded: Recorded, perOutput: readonly unknown[], hasAux: boolean): unknown {
  const tree = mapTensors(recorded.result, (_, i) => perOutput[i]);
  return hasAux ? [tree, recorded.aux] : tree;
}
